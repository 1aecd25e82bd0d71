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

/** Builds web/, which every cloud node serves. Takes a moment when nothing has changed. */
export function mochaGlobalSetup(): void {
  buildWeb();
}

export async function mochaGlobalTeardown(): Promise<void> {
  await stopEverything();
}
