/** Shows the demo's steps in order. Each result is checked where it counts: in the directory with a bind, in the cloud through its API. */
import { randomInt } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Installation } from "../lab/installation.ts";
import { showPhone } from "../shared/phone.ts";
import type { DemoBrowser } from "./browser.ts";
import type { DemoDirectory } from "./directory.ts";
import type { Narrator } from "./narrator.ts";
import { tellPortalStory } from "./portal-story.ts";

export interface StoryOptions {
  readonly directory: DemoDirectory;
  readonly installation: Installation;
  readonly narrator: Narrator;
  readonly browser: DemoBrowser;
}

export async function tellStory({ directory, installation, narrator, browser }: StoryOptions): Promise<void> {
  const { person } = directory;
  const run = async (...args: string[]): Promise<string> => {
    const { exit, stdout, stderr } = await installation.latchkey(...args);
    if (exit !== 0)
      throw new Error(`latchkey ${args.join(" ")} ended with ${String(exit)}: ${stderr || stdout}`);
    return stdout;
  };
  const must = (fact: boolean, what: string): void => {
    if (!fact) throw new Error(`this check failed: ${what}`);
  };

  await narrator.step("The agent synced as soon as it was connected", async () => {
    await run("sync", "start", "--wait"); // the first run may still be open
    narrator.saw(await run("sync", "list"));
    narrator.saw(await run("user", "show", person.userName));
  });

  const number = `+32470${String(randomInt(100_000, 999_999))}`;
  await narrator.step(
    `An administrator gives ${person.userName} a new number in the directory and forces a delta sync`,
    async () => {
      await directory.setMobile(person, number);
      narrator.saw(await run("sync", "start", "--policy", "delta", "--wait"));
      const shown = await run("user", "show", person.userName);
      narrator.saw(shown.split("\n").find((line) => /mobile/i.test(line)) ?? "");
      must(shown.includes(showPhone(number)), "the new number is in the cloud");
    },
  );

  const passwordFile = join(installation.folder, "new-password");
  await narrator.step("The directory refuses a short password; the answer names the rule", async () => {
    await writeFile(passwordFile, "short", { mode: 0o600 });
    const { exit, stdout, stderr } = await installation.latchkey(
      "writeback",
      "reset",
      person.userName,
      "--password-file",
      passwordFile,
    );
    narrator.saw(stdout || stderr);
    must(exit === 4 && /PASSWORD_TOO_SHORT/.test(stdout + stderr), "the refusal names the rule");
    must(await directory.opens(person, person.password), "the old password still opens the account");
  });

  const password = `Ein-neues-Paßwort-€-${String(randomInt(1_000, 9_999))}`;
  await narrator.step("The directory accepts a valid password and its verdict comes back", async () => {
    await writeFile(passwordFile, password, { mode: 0o600 });
    narrator.saw(await run("writeback", "reset", person.userName, "--password-file", passwordFile));
    must(await directory.opens(person, password), "the new password opens the account");
    narrator.saw(`ldapwhoami with the new password: ${person.dn}`);
  });
  person.password = password;
  person.mobile = number;

  await tellPortalStory({ directory, installation, narrator, browser, must });

  await narrator.step("The audit log holds every step, and its chain verifies", async () => {
    narrator.saw(await run("audit", "verify"));
  });
}
