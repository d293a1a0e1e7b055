import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/ui/commands";
import { RESERVED } from "../../src/ui/common/keys";

describe("the table of commands", () => {
  const keys = COMMANDS.flatMap((each) => each.keys ?? []);

  it("gives each key one command", () => {
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("keeps its letters from the labels", () => {
    const letters = keys.filter((key) => /^[a-z]$/.test(key));
    expect([...RESERVED].sort()).toEqual(letters.sort());
  });

  it("gives Ctrl and a letter one command, and leaves most to the notebook", () => {
    for (const shift of [false, true])
      for (const key of "abcdefghijklmnopqrstuvwxyz0123456789") {
        const doing = COMMANDS.filter((each) => each.ctrl?.(key, shift));
        expect(doing.length, key).toBe((shift ? "z" : "azy").includes(key) ? 1 : 0);
      }
  });

  it("lists what does something, once", () => {
    const listed = COMMANDS.flatMap(({ help }) => (help ? [help[0]] : []));
    expect(new Set(listed).size).toBe(listed.length);
    expect(COMMANDS.filter((each) => !each.help).map((each) => each.keys)).toEqual([["Z"]]); // listed with undo
  });
});
