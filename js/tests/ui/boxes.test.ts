import { describe, expect, test, vi } from "vitest";
import { dataToPx } from "../../src/geometry/camera";
import type { BoxesSent, ImageSent } from "../../src/protocol";
import { seenFrom } from "../../src/ui/boxes/boxes";
import { WholePictures } from "../../src/ui/boxes/pictures";
import { cameraFor, isMissed, rowAt } from "../../src/ui/boxes/scene";
import { FakeSource } from "../store/fake-source";

const scene: BoxesSent = {
  type: "boxes",
  id: 1,
  row: 4,
  picture: 2,
  total: 3,
  rows: Int32Array.of(4, 2, 9),
  boxes: Float32Array.of(10, 10, 20, 20, 0, 0, 100, 50, 60, 5, 10, 10),
  names: ["cat 0.90", "dog", "owl"],
  notes: ["poor box", "missed", ""],
  truth: Float32Array.of(8, 10, 20, 20),
  truth_name: "cat",
  truth_row: 2,
  classes: ["cat"],
  kind: "class",
};
const whole = { url: "", width: 100, height: 50 };
const viewport = { widthPx: 300, heightPx: 200 };

describe("a picture with its boxes", () => {
  test("seen from another box says nothing of a truth before the kernel has", () => {
    const again = seenFrom(scene, 9) as BoxesSent;
    expect([...again.rows]).toEqual([9, 4, 2]);
    expect(again.names).toEqual(["owl", "cat 0.90", "dog"]);
    expect([...again.boxes.subarray(0, 4)]).toEqual([60, 5, 10, 10]);
    expect([again.truth.length, again.truth_row]).toEqual([0, -1]);
    expect(seenFrom(scene, 3)).toBeNull();
  });

  test("knows a truth that nothing found from a detection", () => {
    expect(isMissed(scene)).toBe(false);
    expect(isMissed({ ...scene, truth_row: 4, notes: ["missed, IoU 0.30", "", ""] })).toBe(true);
    expect(isMissed({ ...scene, truth_row: 4, notes: ["true positive, IoU 0.90", "", ""] })).toBe(false);
  });

  test("is fitted whole, or to the box, or to its truth", () => {
    const all = cameraFor("picture", scene, whole, viewport);
    expect(dataToPx(all, viewport, 0, 0)).toEqual([0, 25]);
    expect(dataToPx(all, viewport, 100, -50)).toEqual([300, 175]);
    const box = cameraFor("box", scene, whole, viewport);
    expect(dataToPx(box, viewport, 20, -20)).toEqual([150, 100]);
    const truth = cameraFor("truth", scene, whole, viewport);
    expect(dataToPx(truth, viewport, 18, -20)).toEqual([150, 100]);
  });

  test("gives the smallest box under the pointer", () => {
    const camera = cameraFor("picture", scene, whole, viewport);
    const at = (x: number, y: number) => rowAt(scene, camera, viewport, ...dataToPx(camera, viewport, x, -y));
    expect([at(15, 15), at(50, 40), at(65, 10)]).toEqual([4, 2, 9]);
    expect(rowAt(scene, camera, viewport, 150, 5)).toBe(-1);
  });
});

describe("whole pictures", () => {
  class Pictures extends FakeSource {
    asked: number[] = [];
    fails = false;
    override fetchImage = (row: number): Promise<ImageSent> => {
      this.asked.push(row);
      if (this.fails) return Promise.reject(new Error("no such file"));
      const bytes = Uint8Array.of(row);
      return Promise.resolve({ type: "image", id: 0, row, mime: "image/png", bytes, size: [row, 1] });
    };
  }
  const made = () => {
    const source = new Pictures();
    const revoked: string[] = [];
    vi.stubGlobal("URL", {
      createObjectURL: () => `blob:${source.asked.at(-1)}`,
      revokeObjectURL: (url: string) => revoked.push(url),
    });
    return { source, revoked, pictures: new WholePictures(source) };
  };

  test("are asked for once, and the one not used longest is given up", async () => {
    const { source, revoked, pictures } = made();
    for (let row = 0; row < 8; row += 1) await pictures.get(row);
    await pictures.get(0);
    expect(source.asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await pictures.get(8);
    await Promise.resolve();
    expect(revoked).toEqual(["blob:1"]);
    expect(await pictures.get(0)).toEqual({ url: "blob:0", width: 0, height: 1 });
    expect(source.asked.length).toBe(9);
    pictures.clear();
    await Promise.resolve();
    expect(revoked.length).toBe(9);
  });

  test("that failed are asked for again", async () => {
    const { source, pictures } = made();
    source.fails = true;
    await expect(pictures.get(3)).rejects.toThrow("no such file");
    source.fails = false;
    expect((await pictures.get(3)).width).toBe(3);
    expect(source.asked).toEqual([3, 3]);
  });
});
