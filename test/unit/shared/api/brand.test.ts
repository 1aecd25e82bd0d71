import { expect } from "chai";
import { colourSchema, contrastWithWhite } from "../../../../shared/api/brand.ts";

describe("a tenant's colour", () => {
  for (const [colour, contrast] of [
    ["#000000", 21],
    ["#ffffff", 1],
    ["#767676", 4.54],
    ["#777777", 4.48],
    ["#ff0000", 4],
  ] as const)
    it(`${colour} has a contrast of ${contrast} with white`, () => {
      expect(contrastWithWhite(colour)).to.be.closeTo(contrast, 0.01);
    });

  it("is stored in lowercase letters", () => {
    expect(colourSchema.parse(" #0B4F8A ")).to.equal("#0b4f8a");
  });

  it("is refused when white text on it is hard to read, and the refusal says the contrast", () => {
    const { error } = colourSchema.safeParse("#777777");

    expect(error?.issues.map(({ message }) => message)).to.deep.equal([
      "is too light: white text on #777777 has a contrast of 4.4, and 4.5 is required. Choose a darker colour",
    ]);
  });

  for (const text of ["red", "#fff", "#12345g", "#1234567", "", "#000000;}body{display:none"])
    it(`is refused as '${text}'`, () => {
      expect(colourSchema.safeParse(text).error?.issues[0]?.message).to.contain("#rrggbb");
    });
});
