import { expect } from "chai";
import { createEnumeration, type Enumeration, findings } from "../../bench/enumeration.ts";
import type { FlowName } from "../../bench/enumeration-flows.ts";
import { startEnumerationInstallation } from "../../bench/enumeration-installation.ts";

const WARM_UP = 20;
const PAIRS = 400;
/** Includes the second sample, which is pooled with the first and makes a real difference clearer. */
const MOST_PAIRS = 800;

describe("whether a name is known, disabled or has no number (T-01)", function () {
  this.timeout(300_000);
  let lab: Awaited<ReturnType<typeof startEnumerationInstallation>>;
  before(async () => (lab = await startEnumerationInstallation(WARM_UP + MOST_PAIRS)));
  after(() => lab.close());

  const flows: readonly { readonly flow: FlowName; readonly title: string; readonly endpoints: number }[] = [
    { flow: "reset", title: "at the reset portal, before the first proof,", endpoints: 7 },
    { flow: "sign-in", title: "at the registration portal, with a wrong password,", endpoints: 6 },
  ];
  for (const { flow, title, endpoints } of flows)
    describe(title, () => {
      let enumeration: Enumeration;
      before(async () => {
        await createEnumeration(lab, flow).measure(WARM_UP);
        enumeration = createEnumeration(lab, flow);
        await enumeration.measure(PAIRS);
      });

      it("shows in no status, size or header of an answer", () => {
        const report = enumeration.report();
        expect(report).to.have.length.of.at.least(endpoints);

        for (const endpoint of report) expect(Object.keys(endpoint.looks.known)).to.have.length.within(1, 2);
        const differing = report.flatMap((endpoint) => findings({ ...endpoint, times: {} as never }));
        expect(differing).to.deep.equal([]);
      });

      /**
       * Without any difference the AUC of 400 pairs lies outside 0.48 to 0.52 once in three times, so a finding also needs |z| of
       * at least 3.3, which chance reaches once in a thousand. One comparison of a flow does so in one run of forty. Then as many
       * pairs again are measured, and both samples together must show the same. `npm run enumeration -- --pairs 2000` measures
       * more precisely.
       */
      it("cannot be told from the time of an answer: AUC 0.48 to 0.52", async () => {
        const told = (): string[] => enumeration.report().flatMap(findings);
        if (told().length > 0) await enumeration.measure(MOST_PAIRS - PAIRS);

        expect(told()).to.deep.equal([]);
      });
    });
});
