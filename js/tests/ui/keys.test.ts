import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { givesFromBox, keysOfLabels } from "../../src/ui/common/keys";

const digits = [..."0123456789"];

describe("keys of labels", () => {
  test("are numbers, then letters that mean nothing else", () => {
    expect(keysOfLabels(["cat", "dog", "fox"])).toEqual(["1", "2", "3"]);
    const many = keysOfLabels(Array.from({ length: 50 }, (_, k) => `label ${k}`));
    expect(many.slice(8, 12)).toEqual(["9", "0", "a", "b"]);
    expect(many.at(-1)).toBe("");
    for (const key of ["x", "z", "l", "n", "g", "s"]) expect(many).not.toContain(key);
  });

  test("of digits are what they say, in whatever order", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...digits, "10", "eleven"]), (names) => {
        const keys = keysOfLabels(names);
        names.forEach((name, code) => {
          if (digits.includes(name)) expect(keys[code]).toBe(name);
          else if (names.some((each) => digits.includes(each))) expect(keys[code]).toMatch(/^[a-z]$/);
        });
      }),
    );
  });

  test("of whole numbers in a column of floats are those numbers", () => {
    expect(keysOfLabels(["0.0", "1.0", "2.5", "7.0"])).toEqual(["0", "1", "a", "7"]);
  });

  test("of letters are those letters, of either case", () => {
    expect(keysOfLabels(["B", "cat", "a", "A"])).toEqual(["b", "1", "a", "2"]);
  });

  test("differ, whatever the labels are called", () => {
    const name = fc.oneof(fc.constantFrom(...digits, "a", "A", "x", "é"), fc.string());
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 60 }), (names) => {
        const keys = keysOfLabels(names).filter((key) => key !== "");
        expect(new Set(keys).size).toBe(keys.length);
        for (const key of keys) expect(key).toMatch(/^[0-9a-z]$/);
      }),
    );
  });

  test("work from the box that labels are typed into where they are the beginning of no other label", () => {
    const works = (names: string[]) => names.filter((_, code) => givesFromBox(code, keysOfLabels(names), names));
    expect(works(["cat", "dog"])).toEqual(["cat", "dog"]);
    expect(works(["1", "2", "12"])).toEqual(["2"]);
    expect(works(["a", "b"])).toEqual([]);
    expect(works(["1st", "2nd"])).toEqual(["1st", "2nd"]);
  });
});
