import Mocha from "mocha";

/** The spec reporter with a last line that any CI can read. */
export default class ClosingLineReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const skipped = pending === 0 ? "" : `, ${pending.toString()} skipped`;
      process.stdout.write(`${passes.toString()} passed, ${failures.toString()} failed${skipped}\n`);
    });
  }
}
