import { expect } from "chai";
import { createDirectory } from "../../../../../agent/directory/create-directory.ts";
import type { Directory, PasswordOrder } from "../../../../../agent/directory/directory.ts";
import { type SambaAd, startSambaAd } from "../../../../../lab/samba-ad.ts";
import type { AddedUser } from "../../../../../lab/samba-ad-admin.ts";
import { systemClock } from "../../../../../shared/clock.ts";
import { silentLogger } from "../../../../../shared/logger.ts";
import { Secret } from "../../../../../shared/secret.ts";
import type { Verdict } from "../../../../../shared/writeback.ts";
import { AWKWARD_PASSWORDS } from "../../../../support/awkward-passwords.ts";
import { directoryConfig } from "../../../../support/directory.ts";
import { sharedSambaAd } from "../../../../support/samba-ad.ts";

function open(
  server: SambaAd,
  directory: Readonly<Record<string, unknown>> = {},
  protectedGroups: readonly string[] = [],
): Promise<Directory> {
  const config = directoryConfig({ server, bases: [server.peopleDn], directory });
  return createDirectory({
    config: config.directory,
    attributes: config.attributes,
    protectedGroups,
    deny: [],
    log: silentLogger,
    clock: systemClock,
  });
}

const GOOD = "G00d-Enough-Passw0rd";

describe("passwords in Active Directory", () => {
  let ad: SambaAd;
  let directory: Directory;
  let user: AddedUser;

  const order = (facts: Partial<PasswordOrder> & Pick<PasswordOrder, "operation">): PasswordOrder => ({
    userId: user.id,
    mustChange: false,
    unlock: false,
    ...(facts.operation === "unlock" ? {} : { newPassword: new Secret(GOOD) }),
    ...(facts.operation === "change" ? { oldPassword: new Secret(user.password) } : {}),
    ...facts,
  });
  const apply = (facts: Partial<PasswordOrder> & Pick<PasswordOrder, "operation">): Promise<Verdict> =>
    directory.applyPassword(order(facts), () => Promise.resolve());

  before(async function () {
    this.timeout(160_000); // the first use provisions the domain
    ad = await sharedSambaAd();
    const protectedGroups = [ad.dn("CN=Protected,OU=Groups").toUpperCase()];
    directory = await open(ad, {}, protectedGroups);
  });
  after(() => directory.close());
  beforeEach(async () => {
    user = await ad.addUser(ad.peopleDn, { displayName: "Pass Tester" });
  });

  describe("setting one", () => {
    it("resets, and says that this server did not look at the history", async () => {
      const verdict = await apply({ operation: "reset" });

      expect(verdict).to.include({ state: "applied", code: null, passwordSet: true, unlocked: false });
      expect(verdict).to.include({ mustChange: false, historyEnforced: false, verified: false });
      expect(verdict.server).to.equal(ad.address);
      expect(await ad.tryPassword(user.name, GOOD)).to.equal("ok");
    });

    it("resets, unlocks and asks for a change at the next sign-in, all in one modify", async () => {
      await ad.lock(user.name);
      expect((await directory.account(user.id))?.locked).to.equal(true);

      const verdict = await apply({ operation: "reset", unlock: true, mustChange: true });

      expect(verdict).to.include({ state: "applied", passwordSet: true, unlocked: true, mustChange: true });
      expect(await ad.tryPassword(user.name, GOOD)).to.equal("773");
      expect(await directory.account(user.id)).to.include({ locked: false, mustChange: true });
    });

    it("changes with the old password, and the history counts", async () => {
      expect(await apply({ operation: "change" })).to.include({ state: "applied", historyEnforced: true });
      const repeated = await apply({
        operation: "change",
        oldPassword: new Secret(GOOD),
        newPassword: new Secret(user.password),
      });

      expect(repeated).to.include({ state: "rejected", code: "PASSWORD_IN_HISTORY" });
      expect(await ad.tryPassword(user.name, GOOD)).to.equal("ok");
    });

    it("unlocks without touching the password", async () => {
      await ad.lock(user.name);

      const verdict = await apply({ operation: "unlock" });

      expect(verdict).to.include({
        state: "applied",
        unlocked: true,
        passwordSet: false,
        historyEnforced: null,
      });
      expect(await ad.tryPassword(user.name, user.password)).to.equal("ok");
    });

    it("finds the user where it was moved to", async () => {
      await ad.move(user.dn, `CN=Moved ${user.name},OU=Ghent,${ad.peopleDn}`);

      expect((await apply({ operation: "reset" })).state).to.equal("applied");
    });

    it("calls onSend once, right before it sends, and sends nothing when that fails", async () => {
      const failure = directory.applyPassword(order({ operation: "reset" }), () =>
        Promise.reject(new Error("no journal")),
      );

      expect(await failure.catch(String)).to.equal("Error: no journal");
      expect(await ad.tryPassword(user.name, user.password)).to.equal("ok");
    });

    for (const { what, password } of AWKWARD_PASSWORDS)
      it(`sets a password that opens the account: ${what}`, async () => {
        const verdict = await apply({ operation: "reset", newPassword: new Secret(password) });

        expect(verdict.state).to.equal("applied");
        expect(await directory.checkSignIn(user.id, new Secret(password))).to.deep.equal({
          ok: true,
          mustChange: false,
        });
      });
  });

  describe("refusing one", () => {
    it("names the rule that was broken, with the rule itself", async () => {
      const short = await apply({ operation: "reset", newPassword: new Secret("Sh0rt!") });
      const plain = await apply({ operation: "reset", newPassword: new Secret("onlysmallletters") });

      expect(short).to.include({ state: "rejected", code: "PASSWORD_TOO_SHORT", passwordSet: false });
      expect(plain).to.include({ state: "rejected", code: "PASSWORD_COMPLEXITY" });
      expect(short.rule).to.deep.equal({
        minLength: 10,
        historyLength: 5,
        complexity: true,
        minAgeSeconds: 0,
        source: "domain",
      });
    });

    it("tells when a password that is too young can be changed", async () => {
      await ad.set(ad.baseDn, { minPwdAge: "-864000000000" }); // a day
      try {
        const verdict = await apply({ operation: "change" });

        expect(verdict).to.include({ state: "rejected", code: "PASSWORD_TOO_YOUNG" });
        const hours = (Date.parse(verdict.possibleAt ?? "") - Date.now()) / 3_600_000;
        expect(hours).to.be.within(23.9, 24.1);
      } finally {
        await ad.set(ad.baseDn, { minPwdAge: "0" });
      }
    });

    const refusals: readonly {
      what: string;
      facts: () => Promise<Partial<PasswordOrder> & Pick<PasswordOrder, "operation">>;
      state: Verdict["state"];
      code: Verdict["code"];
    }[] = [
      {
        what: "the old password is wrong",
        facts: () => Promise.resolve({ operation: "change", oldPassword: new Secret("Wr0ng-Passw0rd!") }),
        state: "rejected",
        code: "OLD_PASSWORD_WRONG",
      },
      {
        what: "a fine-grained policy asks for more than the domain",
        facts: async () => ({
          operation: "reset",
          userId: await ad.idOf("strict"),
          newPassword: new Secret("Only-12-Char"),
        }),
        state: "rejected",
        code: "PASSWORD_TOO_SHORT",
      },
      {
        what: "the account has no right there",
        facts: async () => ({ operation: "reset", userId: await ad.idOf("outside") }),
        state: "rejected",
        code: "DIRECTORY_ACCESS_DENIED",
      },
      {
        what: "the user was deleted",
        facts: async () => {
          await ad.delete(user.dn);
          return { operation: "reset" };
        },
        state: "not_found",
        code: "DIRECTORY_USER_NOT_FOUND",
      },
      {
        what: "there never was such a user",
        facts: () => Promise.resolve({ operation: "unlock", userId: "0".repeat(31) + "1" }),
        state: "not_found",
        code: "DIRECTORY_USER_NOT_FOUND",
      },
      {
        what: "it is empty",
        facts: () => Promise.resolve({ operation: "reset", newPassword: new Secret("") }),
        state: "rejected",
        code: "PASSWORD_EMPTY",
      },
      {
        what: "it is longer than the protocol takes",
        facts: () => Promise.resolve({ operation: "reset", newPassword: new Secret("Aa1!".repeat(65)) }),
        state: "rejected",
        code: "PASSWORD_TOO_LONG",
      },
    ];
    for (const { what, facts, state, code } of refusals)
      it(`says ${code ?? ""} when ${what}`, async () => {
        expect(await apply(await facts())).to.include({ state, code, passwordSet: false, unlocked: false });
      });
  });

  describe("losing the server", () => {
    it("throws before anything was sent, and says unknown when the answer was lost", async function () {
      this.timeout(80_000);
      const own = await startSambaAd();
      const impatient = await open(own, { operationTimeoutMs: 1000 });
      try {
        const person = await own.idOf("p00001");
        const reset: PasswordOrder = { ...order({ operation: "reset" }), userId: person };
        const freeze = (): Promise<void> => own.freeze();

        const lost = await impatient.applyPassword(reset, freeze);
        own.signal("SIGCONT");
        await own.kill();
        const refused: unknown = await impatient
          .applyPassword(reset, freeze)
          .catch((error: unknown) => error);

        expect(lost).to.include({ state: "unknown", code: "VERDICT_UNKNOWN", server: own.address });
        expect(refused).to.include({ code: "DIRECTORY_UNAVAILABLE" });
      } finally {
        await impatient.close();
        await own.stop();
      }
    });
  });

  describe("the state of an account", () => {
    it("is read whole for an ordinary one", async () => {
      const state = await directory.account(user.id);

      expect(state).to.include({ id: user.id, dn: user.dn, enabled: true, expired: false, locked: false });
      expect(state).to.include({
        mustChange: false,
        protected: false,
        inScope: true,
        displayName: "Pass Tester",
      });
      expect(state?.names).to.have.members([user.name, user.userName]);
      expect(state?.mark).to.include({ server: ad.address, locked: "" });
      expect(state?.mark.changed).to.equal((await ad.read(user.name, ["pwdLastSet"]))["pwdLastSet"]);
    });

    const special: readonly (readonly [string, Record<string, unknown>])[] = [
      ["disabled", { enabled: false, protected: false }],
      ["expired", { enabled: true, expired: true }],
      ["privileged", { protected: true }],
      ["guarded", { protected: true }],
      ["nested", { protected: false, inScope: true }],
      ["outside", { inScope: false }],
      ["svc-sync", { protected: true, inScope: false }],
      ["svc-writeback", { protected: true }],
    ];
    for (const [name, facts] of special)
      it(`knows the ${name} account for what it is`, async () => {
        expect(await directory.account(await ad.idOf(name))).to.include(facts);
      });

    it("lists nested groups and the primary group", async () => {
      const state = await directory.account(await ad.idOf("nested"));

      expect(state?.groups).to.have.members([
        ad.dn("CN=Team,OU=Groups"),
        ad.dn("CN=Everyone Synced,OU=Groups"),
        // The primary group of nearly every user, and what that one is in.
        ad.dn("CN=Domain Users,CN=Users"),
        ad.dn("CN=Users,CN=Builtin"),
      ]);
    });

    it("knows a protected group also as the primary one, which is no value of memberOf", async () => {
      const dn = ad.dn("CN=Protected,OU=Groups");
      const { member = "", primaryGroupToken = "" } = await ad.read("Protected", [
        "member",
        "primaryGroupToken",
      ]);
      await ad.set(dn, { member: [...member.split("|"), user.dn] });
      await ad.set(user.dn, { primaryGroupID: primaryGroupToken });
      expect((await ad.read(user.name, ["memberOf"]))["memberOf"]).to.not.contain(dn);

      const state = await directory.account(user.id);

      expect(state?.groups).to.include(dn);
      expect(state?.protected).to.equal(true);
    });

    it("is null for a computer, a group and an unknown id", async () => {
      for (const name of ["DC1$", "Team"])
        expect(await directory.account(await ad.idOf(name))).to.equal(null);
      expect(await directory.account("f".repeat(32))).to.equal(null);
    });

    it("has another mark after every password, also between two that must be changed", async () => {
      const marks = new Set<string | undefined>();
      for (const mustChange of [false, true, true]) {
        await apply({ operation: "reset", mustChange });
        marks.add((await directory.account(user.id))?.mark.changed);
      }

      expect(marks.size).to.equal(3);
    });
  });

  describe("signing in", () => {
    const signIn = (id: string, password: string) => directory.checkSignIn(id, new Secret(password));

    it("tells right from wrong, and never sends an empty password", async () => {
      expect(await signIn(user.id, user.password)).to.deep.equal({ ok: true, mustChange: false });
      expect(await signIn(user.id, "Wr0ng-Passw0rd!")).to.deep.equal({ ok: false, reason: "wrong" });
      expect(await signIn(user.id, "")).to.deep.equal({ ok: false, reason: "wrong" });
      expect((await directory.account(user.id))?.mark.locked).to.equal("");
    });

    for (const name of ["disabled", "expired"] as const)
      it(`says that the account is ${name}`, async () => {
        const answer = await signIn(await ad.idOf(name), `Start-Pw-${name}!`);

        expect(answer).to.deep.equal({ ok: false, reason: name });
      });

    it("says locked, must change, and not found", async () => {
      await ad.lock(user.name);
      expect(await signIn(user.id, user.password)).to.deep.equal({ ok: false, reason: "locked" });
      await apply({ operation: "reset", unlock: true, mustChange: true });
      expect(await signIn(user.id, GOOD)).to.deep.equal({ ok: true, mustChange: true });
      await ad.delete(user.dn);
      expect(await signIn(user.id, GOOD)).to.deep.equal({ ok: false, reason: "not_found" });
    });
  });

  describe("the password rule", () => {
    it("is the domain's, or the fine-grained policy's where one applies", async () => {
      expect((await directory.look(user.id))?.rule).to.include({ minLength: 10, source: "domain" });
      expect((await directory.look(await ad.idOf("strict")))?.rule).to.deep.equal({
        minLength: 16,
        historyLength: 7,
        complexity: true,
        minAgeSeconds: 0,
        source: "fine_grained",
      });
    });

    it("is not guessed when the fine-grained policy cannot be read", async () => {
      const blind = await open(ad, { writebackBind: ad.syncAccount });
      try {
        expect((await blind.look(await ad.idOf("strict")))?.rule).to.deep.equal({
          minLength: null,
          historyLength: null,
          complexity: null,
          minAgeSeconds: null,
          source: "fine_grained",
        });
      } finally {
        await blind.close();
      }
    });
  });
});
