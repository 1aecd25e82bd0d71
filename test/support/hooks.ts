import { buildWeb } from "../../tools/build-web.ts";
import { stopEverything } from "./teardown.ts";

const SIGNALS = ["SIGTERM", "SIGINT", "uncaughtException", "unhandledRejection"] as const;
const countListeners = (): string => SIGNALS.map((name) => process.listenerCount(name)).join();

let before = "";

export const mochaHooks = {
  beforeEach() {
    before = countListeners();
  },
  afterEach(this: Mocha.Context) {
    if (countListeners() !== before)
      throw new Error(`"${this.currentTest?.title ?? ""}" left a listener on the process`);
  },
};

/** A stopped run leaves no server behind: the test under way gets this long to end, then the suites close what they opened. */
const GRACE_MS = 20_000;
let isStopped = false;

/** Builds web/, which every cloud node serves. Takes a moment when nothing has changed. */
export function mochaGlobalSetup(this: Mocha.Runner): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      if (isStopped) return;
      isStopped = true;
      this.abort();
      setTimeout(() => void mochaGlobalTeardown(), GRACE_MS).unref();
    });
  buildWeb();
}

export async function mochaGlobalTeardown(): Promise<void> {
  await stopEverything();
  if (isStopped) process.exit(130); // a run that was cut short is not green
}
