/**
 * Solves the captcha in a worker, so that typing stays smooth. altcha-lib's solveChallengeWorkers sends the messages.
 */
import { solveChallenge } from "altcha-lib";
import { deriveKey as deriveByPbkdf2 } from "altcha-lib/algorithms/web/pbkdf2";
import { deriveKey as deriveBySha } from "altcha-lib/algorithms/web/sha";
import type { Challenge } from "altcha-lib/types";

type Command =
  | { readonly type: "abort" }
  | {
      readonly type: "work";
      readonly challenge: Challenge;
      readonly counterStart: number;
      readonly counterStep: number;
    };

const controller = new AbortController();

addEventListener("message", ({ data }: MessageEvent<Command>) => {
  if (data.type === "abort") controller.abort();
  else void work(data);
});

async function work({ challenge, counterStart, counterStep }: Command & { type: "work" }): Promise<void> {
  const deriveKey = challenge.parameters.algorithm.startsWith("PBKDF2/") ? deriveByPbkdf2 : deriveBySha;
  try {
    postMessage(await solveChallenge({ challenge, deriveKey, controller, counterStart, counterStep }));
  } catch (error) {
    postMessage({ error: String(error) });
  }
}
