import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { choicesFor, LabelQuery } from "../../src/store/label-query";

const NAMES = ["T-Shirt", "Shirt", "Shoes", "Hat"];
const offered = (text: string, canMake = true) => choicesFor(NAMES, text, canMake).map(({ name }) => name);

describe("what typed text offers", () => {
  test("the label of that name first, then those that begin so, then those that hold it, a new one last", () => {
    expect(offered("")).toEqual(NAMES);
    expect(offered("shirt")).toEqual(["Shirt", "T-Shirt", "shirt"]);
    expect(offered("sh")).toEqual(["Shirt", "Shoes", "T-Shirt", "sh"]);
    expect(offered(" Hat ")).toEqual(["Hat"]);
    expect(offered("wig")).toEqual(["wig"]);
    expect(offered("wig", false)).toEqual([]);
  });

  test("no label that looks like one that there is: accents may be encoded in two ways", () => {
    const accented = ["Cafe\u0301", "Bar"];
    expect(choicesFor(accented, "Caf\u00e9", true)).toEqual([{ name: "Cafe\u0301", code: 0 }]);
    expect(choicesFor(accented, "CAF\u00c9", true).map(({ code }) => code)).toEqual([0, -1]);
  });

  test("always the label that is called so, and never two of one name", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), fc.string(), fc.boolean(), (names, text, canMake) => {
        const found = choicesFor(names, text, canMake).map(({ name }) => name);
        expect(new Set(found).size).toBe(found.length);
        if (names.includes(text.trim())) expect(found).toContain(text.trim());
        for (const { name, code } of choicesFor(names, text, canMake)) if (code >= 0) expect(names[code]).toBe(name);
      }),
    );
  });
});

test("arrows go round, typing begins anew, and Enter takes nothing before something was typed", () => {
  const query = new LabelQuery(
    () => NAMES,
    () => true,
  );
  expect(query.taken()).toBeNull();
  query.type("sh");
  expect(query.taken()?.name).toBe("Shirt");
  query.move(1);
  expect(query.taken()?.name).toBe("Shoes");
  query.move(-2);
  expect(query.taken()).toEqual({ name: "sh", code: -1 });
  query.type("h");
  expect(query.taken()?.name).toBe("Hat");
});
