import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Decoder, encode, type Frame, MAX_BYTES, MOST_INLINE, type Received, type Select } from "../src/protocol";

/** The bytes of a frame, as the kernel takes them: from its buffer, or from the text in its JSON. */
const bytesOf = ({ content, buffers }: { content: Frame; buffers: ArrayBuffer[] }): ArrayBuffer[] =>
  content.stream === undefined
    ? buffers
    : [...buffers, Uint8Array.from(atob(content.stream), (each) => each.charCodeAt(0)).buffer];

const decode = (frames: { content: Frame; buffers: ArrayBuffer[] }[], type = "selection") => {
  const decoder = new Decoder();
  return frames.map((frame) =>
    decoder.feed(
      { ...frame.content, type },
      bytesOf(frame).map((buffer) => new DataView(buffer)),
    ),
  );
};

function select(rows: Int32Array): Select {
  return { type: "select", client: "a", rows };
}

describe("codec", () => {
  test("what goes in comes out", () => {
    fc.assert(
      fc.property(fc.int32Array(), fc.string(), (rows, client) => {
        const [got] = decode(encode({ type: "select", client, rows }, "k"));
        expect(got?.message).toEqual({ type: "selection", client, rows });
      }),
    );
  });

  test("a short stream is text in the JSON, which every host hands on; a longer one is a buffer", () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 1000, MOST_INLINE / 4, MOST_INLINE / 4 + 1, 100_000), (length) => {
        const rows = Int32Array.from({ length }, (_, k) => k * 37);
        const [frame, ...others] = encode(select(rows), "k");
        const inline = rows.byteLength <= MOST_INLINE;
        expect(others).toEqual([]);
        expect([frame?.content.stream !== undefined, frame?.buffers.length]).toEqual(inline ? [true, 0] : [false, 1]);
        expect(JSON.parse(JSON.stringify(frame?.content)).bytes).toBe(rows.byteLength);
      }),
    );
    const [empty] = encode(select(new Int32Array(0)), "k");
    expect([empty?.content.stream, empty?.buffers]).toEqual([undefined, []]);
  });

  test("large ones go in frames that may come in any order", () => {
    const rows = Int32Array.from({ length: 900_000 }, (_, i) => i);
    const frames = encode(select(rows), "k");
    expect(frames.length).toBe(4);
    expect(Math.max(...frames.map(({ buffers }) => buffers[0]?.byteLength ?? 0))).toBeLessThanOrEqual(MAX_BYTES);
    const got = decode(frames.reverse()).filter((each) => each !== null);
    expect(got.length).toBe(1);
    const joined = ((got[0] as Received).message as unknown as Select).rows;
    expect(Buffer.compare(new Uint8Array(joined.buffer), new Uint8Array(rows.buffer))).toBe(0);
  });

  test("a buffer that does not start at 0 of its memory is read from where it starts", () => {
    const [frame] = encode(select(Int32Array.of(5, 6)), "k");
    const bytes = new Uint8Array(bytesOf(frame as never)[0] as ArrayBuffer);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const view = new DataView(shifted.buffer, 3, bytes.length);
    const got = new Decoder().feed({ ...(frame?.content as Frame), type: "selection" }, [view]);
    expect(got?.message).toMatchObject({ rows: Int32Array.of(5, 6) });
  });

  test("what is not ours is passed over, never thrown", () => {
    const decoder = new Decoder();
    for (const strange of [null, 3, "x", {}, { type: "other" }, { type: "labels", message: 1 }, []]) {
      expect(decoder.feed(strange, [])).toBeNull();
    }
    const [frame] = encode(select(Int32Array.of(1)), "k");
    const content = { ...(frame?.content as Frame), type: "selection" };
    expect(decoder.feed({ ...content, bytes: 99 }, [new DataView(new ArrayBuffer(4))])).toBeNull();
    expect(decoder.feed({ ...content, frame: 7 }, [])).toBeNull();
  });
});
