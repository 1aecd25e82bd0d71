import { createHash, randomBytes } from "node:crypto";
import { appendFile, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createProgram } from "../../../../agent/commands/program.ts";
import { openBreachedFilter } from "../../../../agent/password-lists/breached-filter.ts";
import { buildBreachedFilter } from "../../../../agent/password-lists/build-breached-filter.ts";
import { openPasswordLists } from "../../../../agent/password-lists/password-lists.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { runCommand } from "../../../../shared/command.ts";
import { type Logger, silentLogger } from "../../../../shared/logger.ts";
import { bufferedIo } from "../../../support/command-io.ts";
import { rejection } from "../../../support/rejection.ts";

const sha1 = (text: string): string => createHash("sha1").update(text).digest("hex").toUpperCase();
const NOBODY = { names: ["jane@example.com"], displayName: "Jane Doe" };

describe("lists of passwords", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "latchkey-lists-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const write = async (name: string, text: string | Buffer): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, text);
    return file;
  };

  describe("the administrator's own list (W15)", () => {
    const refuse = async (bannedFile: string) => {
      const lists = await openPasswordLists({ bannedFile }, silentLogger);
      return (password: string) => lists.refuse(password, NOBODY);
    };

    it("refuses its words, dressed up or not, and the person's own name without any list", async () => {
      const refuses = await refuse(await write("banned.txt", "Contoso\r\nLighthouse\n\n"));

      expect(await refuses("C0ntoso-2024!")).to.equal("PASSWORD_BANNED");
      expect(await refuses("contosoLighthouse")).to.equal("PASSWORD_BANNED");
      expect(await refuses("JaneDoe-1998")).to.equal("PASSWORD_OWN_NAME");
      expect(await refuses("Correct-Horse-Battery")).to.equal(null);
    });

    it("is read again when it changes, whether written over or replaced", async () => {
      const file = await write("banned.txt", "Contoso\n");
      const refuses = await refuse(file);
      expect(await refuses("Fabrikam-77")).to.equal(null);

      await appendFile(file, "Fabrikam\n");
      expect(await refuses("Fabrikam-77")).to.equal("PASSWORD_BANNED");
      await rename(await write("new.txt", "Northwind\n"), file);
      expect(await refuses("Fabrikam-77")).to.equal(null);
      expect(await refuses("Northwind-77")).to.equal("PASSWORD_BANNED");
    });

    it("stays in force as it was when the file goes or is no longer text", async () => {
      const file = await write("banned.txt", "Contoso\n");
      const refuses = await refuse(file);

      await writeFile(file, Buffer.from([0xff, 0xfe, 0x00]));
      expect(await refuses("Contoso-77")).to.equal("PASSWORD_BANNED");
      await rm(file);
      expect(await refuses("Contoso-77")).to.equal("PASSWORD_BANNED");
      await writeFile(file, "Fabrikam\n");
      expect(await refuses("Fabrikam-77")).to.equal("PASSWORD_BANNED");
    });

    it("is reported once for each version that cannot be used", async () => {
      const file = await write("banned.txt", "Contoso\n");
      const reported: string[] = [];
      const log: Logger = { ...silentLogger, error: (event) => void reported.push(event) };
      const lists = await openPasswordLists({ bannedFile: file }, log);
      const refuseTwice = async () => {
        for (let count = 0; count < 2; count++) await lists.refuse("Contoso-77", NOBODY);
        return reported.length;
      };

      await writeFile(file, Buffer.from([0xff, 0xfe, 0x00]));
      expect(await refuseTwice()).to.equal(1);
      await rm(file);
      expect(await refuseTwice()).to.equal(2);
      await writeFile(file, "Contoso\n");
      expect(await refuseTwice()).to.equal(2);
      await rm(file);
      expect(await refuseTwice()).to.equal(3);
    });

    for (const [what, content] of [
      ["is too large", "x".repeat(1024 * 1024 + 1)],
      ["is not UTF-8", Buffer.from([0xc3, 0x28])],
    ] as const)
      it(`keeps the agent from starting when it ${what}`, async () => {
        const bannedFile = await write("banned.txt", content);

        expect(await rejection(openPasswordLists({ bannedFile }, silentLogger))).to.include({
          code: "CONFIG_INVALID",
        });
      });
  });

  describe("the list of breached passwords (T-13)", () => {
    it("knows every password of the list, as text, hash or hash and count, and few others", async () => {
      const listed = Array.from({ length: 20_000 }, (_, index) => `breached-${index}`);
      const lines = listed.map((password, index) =>
        index % 3 === 0
          ? password
          : index % 3 === 1
            ? sha1(password)
            : `${sha1(password).toLowerCase()}:${index}`,
      );
      const from = await write("list.txt", lines.join("\r\n"));
      const to = join(folder, "breached.filter");

      const built = await buildBreachedFilter({ from, to, falsePositives: 0.001 });

      expect(built.passwords).to.equal(listed.length);
      expect((await readFile(to)).length)
        .to.equal(built.bytes)
        .and.to.be.below(20_000 * 2.1);
      const filter = await openBreachedFilter(to);
      for (const password of listed) expect(await filter.has(password), password).to.equal(true);
      let mistaken = 0;
      for (let count = 0; count < 20_000; count++) if (await filter.has(`other-${count}`)) mistaken++;
      expect(mistaken).to.be.below(40); // 20 are asked for; deterministic, so no luck is in it
      await filter.close();
    });

    it("refuses a breached password, and says that it is breached", async () => {
      const from = await write("list.txt", "correct-horse-battery-staple\nпароль-и-ключ\n");
      const breachedFilter = join(folder, "breached.filter");
      await buildBreachedFilter({ from, to: breachedFilter, falsePositives: 0.0001 });
      const lists = await openPasswordLists({ breachedFilter }, silentLogger);

      expect(await lists.refuse("correct-horse-battery-staple", NOBODY)).to.equal("PASSWORD_BREACHED");
      expect(await lists.refuse("пароль-и-ключ", NOBODY)).to.equal("PASSWORD_BREACHED");
      expect(await lists.refuse("Correct-horse-battery-staple", NOBODY)).to.equal(null);
      await lists.close();
    });

    it("leaves out padding, empty and endless lines, wherever the reads are cut", async () => {
      const from = await write(
        "list.txt",
        [
          `${sha1("padding")}:0`,
          "",
          "x".repeat(3_000_000),
          "first",
          "\r",
          "y".repeat(1025),
          `${sha1("second")}:10`,
          "last",
        ].join("\n"),
      );
      const to = join(folder, "breached.filter");

      const { passwords } = await buildBreachedFilter({ from, to, falsePositives: 0.001 });

      expect(passwords).to.equal(3);
      const filter = await openBreachedFilter(to);
      const known = await Promise.all(["first", "second", "last", "padding"].map((each) => filter.has(each)));
      expect(known).to.deep.equal([true, true, true, false]);
      await filter.close();
    });

    it("is made in one step: nothing is there after a list that cannot be used", async () => {
      const to = join(folder, "breached.filter");
      const empty = await write("empty.txt", "\n\n");

      for (const from of [empty, join(folder, "missing.txt"), folder])
        expect(await rejection(buildBreachedFilter({ from, to, falsePositives: 0.001 }))).to.include({
          code: "USAGE",
        });
      expect(
        await rejection(buildBreachedFilter({ from: empty, to: empty, falsePositives: 0.001 })),
      ).to.include({
        code: "USAGE",
      });
      expect(await readdir(folder)).to.deep.equal(["empty.txt"]);
    });

    it("keeps the agent from starting when the file is another one, or cut short", async () => {
      const from = await write("list.txt", "one\ntwo\n");
      const cut = join(folder, "cut.filter");
      await buildBreachedFilter({ from, to: cut, falsePositives: 0.001 });
      await truncate(cut, 100);
      const noise = await write("noise", randomBytes(2_000));
      const empty = await write("empty", "");

      for (const path of [cut, noise, empty, join(folder, "missing")])
        expect(await rejection(openBreachedFilter(path)), path).to.include({ code: "CONFIG_INVALID" });
    });

    it("is made by the command, with a document to read for scripts", async () => {
      const from = await write("list.txt", "one\ntwo\n");
      const to = join(folder, "breached.filter");
      const io = bufferedIo();
      const program = createProgram({
        io,
        clock: systemClock,
        createLog: () => silentLogger,
        crash: undefined,
        untilSignal: () => Promise.resolve(),
      });
      const args = ["node", "latchkey-agent", "breached", "build", "--from", from, "--to", to, "--json"];

      expect(await runCommand(program, args, io)).to.equal(0);
      expect(JSON.parse(io.out)).to.deep.equal({
        file: to,
        passwords: 2,
        bytes: 64 + 512,
        falsePositives: 0.001,
      });
    });
  });
});
