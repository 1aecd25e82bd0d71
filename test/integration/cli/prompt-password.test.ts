import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";

const PROGRAM = join(import.meta.dirname, "../../support/type-password.ts");
const [UP, DOWN, RIGHT, LEFT] = ["\u001b[A", "\u001b[B", "\u001b[C", "\u001b[D"];
const [HOME, END, DELETE] = ["\u001b[H", "\u001b[F", "\u001b[3~"];
const [CTRL_A, CTRL_C, CTRL_D, CTRL_U, CTRL_W] = ["\u0001", "\u0003", "\u0004", "\u0015", "\u0017"];
const BACKSPACE = "\u007f";
const ENTER = "\r";

/** One key, or one paste with its marks. */
const KEY = /\u001b\[200~.*?\u001b\[201~|\u001b\[[0-9;]*[A-Z~]|./gsu;
const RESULT = /(?:got [0-9a-f]*\.|refused: .*)\r?\n/;
const QUESTIONS = ["New: ", "New again: "];

/** A real terminal: `script` of util-linux runs the program on a pseudo-terminal and passes on what is typed. */
class Terminal {
  readonly #script: ChildProcess;
  /** The screen since the last question, with a dot for each key. */
  #screen = "";

  constructor() {
    const command = `exec ${process.execPath} --import tsx ${PROGRAM}`;
    this.#script = spawn("script", ["--quiet", "--command", command, "/dev/null"], { stdio: "pipe" });
    this.#script.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#screen += text));
  }

  /** Types each text once its question is on the screen, and returns the whole screen. */
  async type(...answers: readonly string[]): Promise<string> {
    for (const [index, text] of answers.entries()) {
      await this.#until(() => this.#visible().includes(QUESTIONS[index] ?? ""));
      for (const [key] of text.matchAll(KEY)) {
        const keys = this.#keys();
        this.#script.stdin?.write(key);
        await this.#until(() => this.#keys() > keys);
      }
    }
    await this.#until(() => RESULT.test(this.#screen));
    const visible = this.#visible();
    const [result = ""] = RESULT.exec(visible) ?? [];
    const end = visible.indexOf(result) + result.length;
    this.#screen = visible.slice(end);
    return visible.slice(0, end);
  }

  #keys(): number {
    return this.#screen.split("·").length;
  }

  /** The screen without dots and without what moves the cursor. */
  #visible(): string {
    return this.#screen.replace(/\u001b\[\d*[A-Z]|·|\r/g, "");
  }

  async #until(isThere: () => boolean): Promise<void> {
    while (!isThere()) await new Promise((resolve) => this.#script.stdout?.once("data", resolve));
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#script.once("close", resolve));
    this.#script.kill();
    await closed;
  }
}

describe("typing a password on a terminal", () => {
  let terminal: Terminal;
  before(() => {
    terminal = new Terminal();
  });
  after(() => terminal.close());

  const CASES: readonly (readonly [string, string, string])[] = [
    ["letters of any alphabet", "Näïve-Ζέβρα-7!", "Näïve-Ζέβρα-7!"],
    ["cursor keys", `Ein-langes-Wort-77${LEFT}${LEFT}`, "Ein-langes-Wort-77"],
    ["a character put in after going back", `Ein-Wort-7${LEFT}8`, "Ein-Wort-87"],
    ["every key that moves or deletes", `xbc${HOME}${DELETE}a${END}d${UP}${DOWN}${RIGHT}`, "abcd"],
    ["Ctrl-U, which starts again", `wrong-one${CTRL_U}Right-one-7`, "Right-one-7"],
    ["Ctrl-W, which deletes a word", `one two${CTRL_W}three`, "one three"],
    ["Ctrl-A, which goes to the beginning", `bc${CTRL_A}a`, "abc"],
    ["backspace over a whole emoji", `ab😀${BACKSPACE}c${BACKSPACE}${BACKSPACE}!`, "a!"],
    ["a paste with the marks of a bracketed paste", "\u001b[200~Pasted-Zebra-7\u001b[201~", "Pasted-Zebra-7"],
  ];
  for (const [name, keys, password] of CASES)
    it(`understands ${name}, and shows nothing`, async () => {
      const hex = Buffer.from(password).toString("hex");

      expect(await terminal.type(keys + ENTER, password + ENTER)).to.equal(
        `New: \nNew again: \ngot ${hex}.\n`,
      );
    });

  for (const [name, keys] of [
    ["Ctrl-C", CTRL_C],
    ["Ctrl-C after some letters", `abc${CTRL_C}`],
    ["Ctrl-D", CTRL_D],
  ] as const)
    it(`ends at ${name}, and says so`, async () => {
      expect(await terminal.type(keys)).to.equal("New: \nrefused: No password was entered.\n");
    });

  it("refuses a key that is not a character, which the user would not see", async () => {
    expect(await terminal.type(`abc\tdef${ENTER}`)).to.contain("a key that is not a character, such as Tab");
  });

  it("refuses two passwords that differ", async () => {
    expect(await terminal.type(`one${ENTER}`, `two${ENTER}`)).to.contain(
      "refused: The passwords do not match.",
    );
  });
});
