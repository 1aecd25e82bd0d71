import { expect } from "chai";
import type { Directory } from "../../../../agent/directory/directory.ts";
import { startDirectoryProbe } from "../../../../agent/health/directory-probe.ts";
import { observeDirectory } from "../../../../agent/health/observe-directory.ts";
import { type Clock, systemClock } from "../../../../shared/clock.ts";
import { AppError } from "../../../../shared/errors.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { statedDirectory } from "../../../support/stated-directory.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("directory probe", () => {
  it("knows whether the directory answers, and why not", async () => {
    let fault: AppError | null = null;
    let next: () => void = () => undefined;
    const clock: Clock = {
      ...systemClock,
      now: () => 1_000,
      sleep: async (_ms, signal) => {
        if (signal?.aborted === true) return;
        await new Promise<void>((resolve) => {
          next = resolve;
          signal?.addEventListener("abort", () => resolve(), { once: true });
        });
      },
    };
    const probe = startDirectoryProbe({
      directory: {
        stated: () => Promise.resolve(statedDirectory()),
        find: () => (fault === null ? Promise.resolve([]) : Promise.reject(fault)),
      },
      clock,
      log: silentLogger,
    });
    expect([probe.healthy, probe.checkedAt]).to.deep.equal([false, null]);

    await waitFor("the first answer", () => probe.healthy);
    fault = new AppError("DIRECTORY_BIND_FAILED");
    await waitFor("the failure", () => {
      next();
      return !probe.healthy;
    });
    expect(probe.error?.code).to.equal("DIRECTORY_BIND_FAILED");
    fault = null;
    await waitFor("the recovery", () => {
      next();
      return probe.healthy;
    });

    expect(probe.error).to.equal(null);
    await probe.close();
  });
});

describe("observed directory", () => {
  it("closes while the directory does not answer", async () => {
    const silent = startDirectoryProbe({
      directory: {
        stated: () => new Promise<never>(() => undefined),
        find: () => new Promise<never>(() => undefined),
      },
      clock: systemClock,
      log: silentLogger,
    });

    await silent.close();
  });

  it("times answers and failures, and changes neither", async () => {
    const seen: [string, string | null][] = [];
    const directory = {
      dialect: "openldap",
      server: "ldap1",
      account: () => Promise.resolve(null),
      find: () => Promise.reject(new AppError("DIRECTORY_TIMEOUT")),
    } as unknown as Directory;
    const observed = observeDirectory(directory, systemClock, (operation, _ms, code) =>
      seen.push([operation, code]),
    );

    expect(await observed.account("x")).to.equal(null);
    const fault: unknown = await observed
      .find("x", new AbortController().signal)
      .catch((error: unknown) => error);

    expect(fault).to.be.instanceOf(AppError);
    expect(seen).to.deep.equal([
      ["account", null],
      ["find", "DIRECTORY_TIMEOUT"],
    ]);
    expect([observed.dialect, observed.server]).to.deep.equal(["openldap", "ldap1"]);
  });
});
