import { expect } from "chai";
import { createEnumeration, type Enumeration, findings, isWithin } from "../../bench/enumeration.ts";
import { startEnumerationLab } from "../../bench/enumeration-lab.ts";

const WARM_UP = 20;
const PAIRS = 400;
/** Samples are pooled, never thrown away: a difference that is there shows the clearer. */
const MOST_PAIRS = 1_200;

describe("T-01: whether a name is known, disabled or has no number", function () {
  this.timeout(300_000);
  let lab: Awaited<ReturnType<typeof startEnumerationLab>>;
  let enumeration: Enumeration;

  before(async () => {
    lab = await startEnumerationLab(WARM_UP + MOST_PAIRS);
    await createEnumeration(lab).measure(WARM_UP);
    enumeration = createEnumeration(lab);
    await enumeration.measure(PAIRS);
  });
  after(() => lab.close());

  it("shows in no status, no size and no header of any answer before the first proof", () => {
    const report = enumeration.report();
    expect(report).to.have.length.above(6);

    for (const endpoint of report) expect(Object.keys(endpoint.looks.known)).to.have.length.within(1, 2);
    const differing = report.flatMap((endpoint) => findings({ ...endpoint, times: {} as never }));
    expect(differing).to.deep.equal([]);
  });

  /**
   * Without any difference the AUC of 400 pairs lies outside 0.48 to 0.52 once in three times. So where it does, more is measured
   * and pooled, and in the end a difference must also be more than chance explains: |z| of 3.3, one in a thousand.
   */
  it("cannot be told from the time of any answer: AUC 0.48 to 0.52", async () => {
    let pairs = PAIRS;
    const isOpen = (): boolean =>
      enumeration.report().some(({ times }) => Object.values(times).some((each) => !isWithin(each)));
    while (isOpen() && pairs < MOST_PAIRS) {
      await enumeration.measure(PAIRS);
      pairs += PAIRS;
    }

    expect(enumeration.report().flatMap(findings)).to.deep.equal([]);
  });
});
