/**
 * The check against robots: a small proof of work that workers solve while the user types. When they cannot, the
 * question for browsers without script takes its place.
 */
import { solveChallengeWorkers } from "altcha-lib";
import type { Challenge, Solution } from "altcha-lib/types";
import { MINUTE_MS } from "../shared/durations.ts";
import { fetchWithin } from "./fetch-within.ts";
import { textsOf } from "./texts.ts";

/** Age at which a challenge is replaced. The server accepts it for ten minutes. */
const FRESH_MS = 8 * MINUTE_MS;
const MAX_WORKERS = 4;
const TIMEOUT_MS = 15_000;

export interface Captcha {
  /**
   * Resolves to true once the form may be sent: the captcha is solved, or the user has been shown the question
   * before.
   */
  finish(): Promise<boolean>;
}

export function startCaptcha(form: HTMLFormElement): Captcha {
  const texts = textsOf(form, "captchaTexts");
  const status = form.querySelector<HTMLElement>("[data-captcha-status]");
  const field = form.elements.namedItem("captcha") as HTMLInputElement;
  const fallback = form.querySelector<HTMLElement>("[data-captcha-fallback]");
  const say = (key: string): void => {
    if (status !== null) status.textContent = key === "" ? "" : texts(key);
  };

  offerQuestion(false);
  let startedAt = performance.now();
  let solved = solve();
  let hasGivenUp = false;

  async function solve(): Promise<boolean> {
    try {
      const challenge = await fetchChallenge(form.dataset["captcha"] ?? "");
      const solution = await solveInWorkers(challenge);
      field.value = btoa(JSON.stringify({ challenge, solution }));
      return true;
    } catch {
      return false; // no WebCrypto or no network: only the question is left
    }
  }

  function offerQuestion(isOffered: boolean): void {
    if (fallback === null) return;
    fallback.hidden = !isOffered;
    fallback.classList.toggle("no-script-only", !isOffered);
    for (const input of fallback.querySelectorAll<HTMLInputElement>("input, select"))
      input.disabled = !isOffered;
  }

  return {
    async finish() {
      if (hasGivenUp) return true;
      if (performance.now() - startedAt > FRESH_MS) {
        startedAt = performance.now();
        solved = solve();
      }
      // Shown only to users who have to wait for it.
      const timer = setTimeout(() => say("working"), 200);
      const isSolved = await solved;
      clearTimeout(timer);
      say(isSolved ? "" : "failed");
      if (isSolved) return true;
      hasGivenUp = true;
      offerQuestion(true);
      fallback?.querySelector<HTMLElement>("input:not([type=hidden])")?.focus();
      return fallback === null;
    },
  };
}

async function fetchChallenge(address: string): Promise<Challenge> {
  const response = await fetchWithin(TIMEOUT_MS, address, {
    headers: { accept: "application/json" },
    cache: "no-store",
  });
  if (!response.ok) throw new Error(`no challenge, status ${response.status.toString()}`);
  return (await response.json()) as Challenge;
}

async function solveInWorkers(challenge: Challenge): Promise<Solution> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  addEventListener("pagehide", stop, { once: true });
  try {
    const solution = await solveChallengeWorkers({
      challenge,
      controller,
      concurrency: Math.min(MAX_WORKERS, navigator.hardwareConcurrency),
      createWorker: () => new Worker(new URL(CAPTCHA_WORKER, import.meta.url)),
    });
    if (solution === null) throw new Error("stopped");
    return solution;
  } finally {
    removeEventListener("pagehide", stop);
  }
}
