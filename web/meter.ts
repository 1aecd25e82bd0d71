/** Shows next to a password field how strong the password is. This is advice: the agent and the directory decide. */
import type { MeterAnswer, MeterQuestion } from "./meter-messages.ts";
import { textsOf } from "./texts.ts";

/** More characters slow the estimate down and cannot make a password weaker. */
const CHARACTERS = 64;
/** Directories compare names of three characters or more; shorter ones occur in every second password. */
const SHORTEST_WORD = 3;
/** Pause in typing before the meter changes, because screen readers announce every change. */
const PAUSE_MS = 250;

export function startMeter(input: HTMLInputElement): void {
  const output = input.closest(".field")?.querySelector<HTMLOutputElement>("[data-meter-output]");
  if (output === null || output === undefined) return;
  const texts = textsOf(input, "meterTexts");
  const words = wordsOf(input);
  const worker = new Worker(new URL(METER_WORKER, import.meta.url), { type: "module" });

  let asked = 0;
  let timer = 0;
  worker.addEventListener("message", ({ data }: MessageEvent<MeterAnswer>) => {
    if (data.id === asked && input.value !== "") show(data);
  });

  function ask(): void {
    asked += 1;
    if (input.value === "") {
      clear();
      return;
    }
    const question: MeterQuestion = { id: asked, password: input.value.slice(0, CHARACTERS), words };
    worker.postMessage(question);
  }

  function show({ score, isCommon, hasWord }: MeterAnswer): void {
    const password = input.value;
    const warnings = [
      isCommon && texts("warn_common"),
      (hasWord || containsWord(password, words)) && texts("warn_words"),
      password !== password.trim() && texts("warn_spaces"),
      password !== password.normalize("NFC") && texts("warn_unusual"),
    ].filter((warning) => typeof warning === "string");
    output?.setAttribute("data-score", score.toString());
    const sentences = [texts(`score${score.toString()}`), ...warnings].map((sentence) => {
      const line = document.createElement("span");
      line.textContent = sentence;
      return line;
    });
    output?.replaceChildren(...sentences);
  }

  function clear(): void {
    output?.removeAttribute("data-score");
    output?.replaceChildren();
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });
  ask();
}

function wordsOf(input: HTMLInputElement): string[] {
  const words: unknown = JSON.parse(input.dataset["meterWords"] ?? "[]");
  return Array.isArray(words) ? words.filter((word) => typeof word === "string") : [];
}

const containsWord = (password: string, words: readonly string[]): boolean =>
  words.some((word) => word.length >= SHORTEST_WORD && password.toLowerCase().includes(word.toLowerCase()));
