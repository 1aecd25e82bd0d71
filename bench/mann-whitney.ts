/** Tests whether two samples can be told apart by size: Wilcoxon's rank sum in the form of Mann and Whitney. */

export interface Comparison {
  /** The chance that a value of `a` is larger than a value of `b`. Ties count half. At 0.5 nothing can be told. */
  readonly auc: number;
  /** Distance from 0.5 in standard deviations of samples without a difference. */
  readonly z: number;
}

export function compareSamples(a: readonly number[], b: readonly number[]): Comparison {
  const all = [...a.map((value) => ({ value, ofA: true })), ...b.map((value) => ({ value, ofA: false }))];
  all.sort((one, other) => one.value - other.value);
  const total = all.length;
  let ranksOfA = 0;
  let ties = 0;
  for (let from = 0; from < total;) {
    let to = from;
    while (to < total && all[to]?.value === all[from]?.value) to += 1;
    const rank = (from + 1 + to) / 2; // equal values share the mean of their ranks
    for (let at = from; at < to; at++) if (all[at]?.ofA === true) ranksOfA += rank;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  const pairs = a.length * b.length;
  const auc = (ranksOfA - (a.length * (a.length + 1)) / 2) / pairs;
  const variance = (pairs / 12) * (total + 1 - ties / (total * (total - 1)));
  return { auc, z: variance === 0 ? 0 : ((auc - 0.5) * pairs) / Math.sqrt(variance) };
}
