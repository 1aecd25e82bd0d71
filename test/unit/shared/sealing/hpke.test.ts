import { expect } from "chai";
import {
  createHpkeOpen,
  generateSealingKeyPair,
  type HpkeMessage,
  hpkeSeal,
  type SealingKeyPair,
  SUITES,
} from "../../../../shared/sealing/hpke.ts";

const INFO = Buffer.from("latchkey/v1/test");
const ADDITIONAL = Buffer.from("what it belongs to");
const TEXT = Buffer.from("Näive-Zebra-7!\0");

const isOpened = (
  key: SealingKeyPair,
  message: HpkeMessage,
  info = INFO,
  additionalData = ADDITIONAL,
): Promise<boolean> =>
  createHpkeOpen()(key, info, additionalData, message).then(
    () => true,
    () => false,
  );

function flipped(text: string, bit: number): string {
  const bytes = Buffer.from(text, "base64url");
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return bytes.toString("base64url");
}
const bitsOf = (text: string): number => Buffer.from(text, "base64url").length * 8;

for (const suite of SUITES)
  describe(`opening HPKE with ${suite}`, () => {
    let key: SealingKeyPair;
    let message: HpkeMessage;
    before(async () => {
      key = await generateSealingKeyPair(suite);
      message = await hpkeSeal(key, INFO, ADDITIONAL, TEXT);
    });

    it("returns the sealed text, of any length", async () => {
      const open = createHpkeOpen();
      for (const length of [0, 1, 15, 16, 17, 255, 2048]) {
        const text = Buffer.alloc(length, "ä");
        const sealed = await hpkeSeal(key, INFO, ADDITIONAL, text);
        expect((await open(key, INFO, ADDITIONAL, sealed)).equals(text)).to.equal(true);
      }
    });

    it("refuses another purpose, another order and another key", async () => {
      expect(await isOpened(key, message)).to.equal(true);
      expect(await isOpened(key, message, Buffer.from("latchkey/v1/other"))).to.equal(false);
      expect(await isOpened(key, message, INFO, Buffer.from("something else"))).to.equal(false);
      expect(await isOpened(await generateSealingKeyPair(suite), message)).to.equal(false);
    });

    it("refuses a message with any bit changed", async () => {
      for (let bit = 0; bit < bitsOf(message.ciphertext); bit++)
        expect(
          await isOpened(key, { ...message, ciphertext: flipped(message.ciphertext, bit) }),
          `bit ${bit}`,
        ).to.equal(false);
      for (let bit = 0; bit < bitsOf(message.enc); bit++)
        expect(
          await isOpened(key, { ...message, enc: flipped(message.enc, bit) }),
          `key bit ${bit}`,
        ).to.equal(false);
    });

    it("refuses invalid keys and texts", async () => {
      const sizes = [0, 1, 31, 32, 33, 64, 65, 66];
      for (const fill of [0, 4, 255])
        for (const size of sizes) {
          const enc = Buffer.alloc(size, fill).toString("base64url");
          expect(await isOpened(key, { ...message, enc }), `${size} bytes of ${fill}`).to.equal(false);
        }
      for (const size of [0, 1, 15, 16]) {
        const ciphertext = Buffer.from(message.ciphertext, "base64url")
          .subarray(0, size)
          .toString("base64url");
        expect(await isOpened(key, { ...message, ciphertext }), `${size} bytes`).to.equal(false);
      }
    });
  });
