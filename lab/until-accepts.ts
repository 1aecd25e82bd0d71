import type { ChildProcess } from "node:child_process";
import { connect } from "node:net";

const START_DEADLINE_MS = 60_000;

/** Waits until a server that was just started accepts connections. Kills it, and throws, when it takes too long. */
export async function untilAccepts(child: ChildProcess, port: number, what: string): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${what} ended with ${child.exitCode ?? child.signalCode ?? ""}`);
    if (performance.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`${what} did not come up`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
