import { EventEmitter } from "node:events";
import { expect } from "chai";
import type { CliIo } from "../../../cli/cli-context.ts";
import { promptNewPassword, promptPassword } from "../../../cli/prompt-password.ts";
import { rejection } from "../../support/rejection.ts";

/** A keyboard: every line is typed as soon as somebody listens. */
function terminal(...typed: (string | Buffer)[]) {
  const stdin = new EventEmitter();
  const raw: boolean[] = [];
  let shown = "";
  let echoed = "";
  const keyboard = Object.assign(stdin, {
    isTTY: true,
    setRawMode: (on: boolean) => raw.push(on),
    resume: () => setImmediate(() => stdin.emit("data", Buffer.from(typed.shift() ?? "\u0003"))),
    pause: () => undefined,
  });
  const out = {
    write: (text: string) => {
      shown += text;
      if (raw.at(-1) !== true && text !== "\n") echoed += text;
    },
  };
  const io = { stdin: keyboard, stdout: out, stderr: out, isTty: true, environment: {} } as unknown as CliIo;
  return { io, raw, shown: () => shown, echoed: () => echoed, listeners: () => stdin.listenerCount("data") };
}

describe("asking for a password", () => {
  it("shows nothing of it", async () => {
    const { io, raw, shown, listeners } = terminal("Näive-Zebra-7!\r");

    expect((await promptPassword(io, "Password")).reveal()).to.equal("Näive-Zebra-7!");
    expect(shown()).to.equal("Password: \n");
    expect(raw).to.deep.equal([true, false]);
    expect(listeners()).to.equal(0);
  });

  it("asks only after the terminal has stopped echoing", async () => {
    const { io, echoed } = terminal("Näive-Zebra-7!\r", "Näive-Zebra-7!\r");

    await promptNewPassword(io, "Password");

    expect(echoed()).to.equal("");
  });

  it("deletes whole characters with backspace", async () => {
    const { io } = terminal("ab😀\u007fc\u007f\u007f!\r");

    expect((await promptPassword(io, "Password")).reveal()).to.equal("a!");
  });

  it("ends at Ctrl-C, and leaves the terminal as it was", async () => {
    const { io, raw } = terminal("abc\u0003");

    expect((await rejection(promptPassword(io, "Password"))).code).to.equal("USAGE");
    expect(raw).to.deep.equal([true, false]);
  });

  it("asks twice for a new password", async () => {
    expect((await promptNewPassword(terminal("one\r", "one\r").io, "New")).reveal()).to.equal("one");
    expect((await rejection(promptNewPassword(terminal("one\r", "two\r").io, "New"))).code).to.equal("USAGE");
  });
});
