/**
 * Estimates how hard a password is to guess. Runs in a worker, because some passwords take a tenth of a second. The
 * word lists are large and load in two steps, so that there is an early estimate.
 */
import { type MatchExtended, type OptionsType, ZxcvbnFactory } from "@zxcvbn-ts/core";
import type { MeterAnswer, MeterQuestion } from "./meter-messages.ts";

let estimator = new ZxcvbnFactory({});
let latest: MeterQuestion | null = null;

addEventListener("message", (event: MessageEvent<MeterQuestion>) => {
  latest = event.data;
  answer(latest);
});

async function load(): Promise<void> {
  const common = await import("@zxcvbn-ts/language-common");
  const options = { graphs: common.adjacencyGraphs, dictionary: common.dictionary };
  use(options);
  const english = await import("@zxcvbn-ts/language-en");
  use({ ...options, dictionary: { ...common.dictionary, ...english.dictionary } });
}
void load();

function use(options: OptionsType): void {
  estimator = new ZxcvbnFactory(options);
  if (latest !== null) answer(latest);
}

function answer({ id, password, words }: MeterQuestion): void {
  const { score, sequence } = estimator.check(password, [...words]);
  const reply: MeterAnswer = {
    id,
    score,
    isCommon: sequence.length === 1 && sequence.some((match) => dictionaryOf(match).startsWith("passwords")),
    hasWord: sequence.some((match) => dictionaryOf(match) === "userInputs"),
  };
  postMessage(reply);
}

function dictionaryOf(match: MatchExtended): string {
  const name: unknown = match["dictionaryName"];
  return typeof name === "string" ? name : "";
}
