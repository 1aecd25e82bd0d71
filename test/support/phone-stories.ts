/** Tests of changes in a directory and their effect in the cloud, the same for every kind of directory. */
import { expect } from "chai";
import type { Installation } from "../../lab/installation.ts";
import { jsonOf } from "../../lab/installation.ts";
import type { ApiClient } from "./api-client.ts";
import { createCommands } from "./commands.ts";
import type { People } from "./people.ts";

export interface PhoneSetup {
  readonly people: People;
  readonly installation: Installation;
  readonly api: ApiClient;
}

/** Every person the test touches is its own, so that the tests run in any order. */
export function tellPhoneStories(setup: () => PhoneSetup): void {
  it("brings a person who was added, with the number as E.164", async () => {
    const { people, api } = setup();
    const person = await people.add("0470 11 22 33");

    const run = await api.sync();

    expect(run).to.include({ state: "done", code: null });
    expect(run.counts).to.deep.include({ added: 1, changed: 0, deleted: 0, rejected: 0 });
    expect(await api.user(person.userName)).to.deep.include({
      id: person.id,
      mobile: "+32470112233",
      enabled: true,
      phoneProblems: [],
    });
  });

  it("follows a number that changes, goes and comes back", async () => {
    const { people, api } = setup();
    const person = await people.add("+32 470 00 00 01");
    await api.sync();
    for (const [mobile, stored] of [
      ["+32 (470) 00.00.02", "+32470000002"],
      [null, null],
      ["0470/00 00 03", "+32470000003"],
    ] as const) {
      await people.setMobile(person, mobile);

      const run = await api.sync();

      expect(run.counts).to.deep.include({ read: 1, added: 0, changed: 1, deleted: 0 });
      expect((await api.user(person.userName))?.mobile).to.equal(stored);
    }
  });

  it("lists a number that cannot be used, with its reason, and keeps the person", async () => {
    const { people, api } = setup();
    const person = await people.add("+32 470 00 00 04");
    await api.sync();
    await people.setMobile(person, "ask the reception");

    const run = await api.sync();

    expect(run.counts).to.deep.include({ changed: 1, rejected: 0, unusableNumbers: 1 });
    expect(await api.user(person.userName)).to.deep.include({
      mobile: null,
      phoneProblems: [{ field: "mobile", problem: "not_a_number" }],
    });
    const { items } = await api.users("?problem=true");
    expect(items.map(({ userName }) => userName)).to.include(person.userName);

    await people.setMobile(person, "+32 470 00 00 05");
    await api.sync();
    const cured = await api.users("?problem=true");
    expect(cured.items.map(({ userName }) => userName)).not.to.include(person.userName);
  });

  it("follows a rename: the same person under another name", async () => {
    const { people, api } = setup();
    const person = await people.add("+32 470 00 00 06");
    await api.sync();
    const renamed = await people.rename(person);

    const run = await api.sync();

    expect(run.counts).to.deep.include({ added: 0, changed: 1, deleted: 0 });
    expect(await api.user(renamed.userName)).to.include({ id: person.id, mobile: "+32470000006" });
    expect(await api.user(person.userName)).to.equal(null);
  });

  it("forgets who leaves the scope, and takes them back as the same person", async () => {
    const { people, api } = setup();
    const person = await people.add("+32 470 00 00 07");
    await api.sync();
    const outside = await people.moveOut(person);

    expect((await api.sync()).counts).to.deep.include({ deleted: 1 });
    expect(await api.user(person.id)).to.equal(null);

    await people.moveBack(outside);
    expect((await api.sync()).counts).to.deep.include({ added: 1 });
    expect(await api.user(person.id)).to.include({ userName: person.userName, mobile: "+32470000007" });
  });

  it("sees that an account was disabled, and keeps its number", async () => {
    const { people, api } = setup();
    const person = await people.add("+32 470 00 00 08");
    await api.sync();
    await people.disable(person);

    expect((await api.sync()).counts).to.deep.include({ changed: 1, deleted: 0 });

    expect(await api.user(person.userName)).to.include({ enabled: false, mobile: "+32470000008" });
  });

  it("forgets who was deleted, under every name", async () => {
    const { people, api } = setup();
    const person = await people.add("+32 470 00 00 09");
    await api.sync();
    await people.remove(person);

    const run = await api.sync();

    expect(run).to.include({ state: "done", held: 0 });
    expect(run.counts).to.deep.include({ added: 0, changed: 0, deleted: 1 });
    for (const name of [person.userName, person.name, person.id]) expect(await api.user(name)).to.equal(null);
  });

  it("is forced by ops in the cloud, and by an administrator beside the agent", async () => {
    const { people, api, installation } = setup();
    const { latchkey, latchkeyAgent } = createCommands(installation);
    const person = await people.add("+32 470 00 00 10");
    await api.sync();

    await people.setMobile(person, "+32 470 00 00 11");
    const { exit, stdout } = await latchkey(["sync", "start", "--policy", "delta", "--wait"]);
    expect(exit, stdout).to.equal(0);
    expect(stdout)
      .to.match(/state +done/)
      .and.to.match(/changed +1\n/);
    expect((await api.user(person.userName))?.mobile).to.equal("+32470000011");

    await people.setMobile(person, "+32 470 00 00 12");
    const local = jsonOf(await latchkeyAgent(["sync", "--json"]));
    expect(local).to.deep.include({ state: "done", trigger: "agent", policy: "delta" });
    expect((await api.user(person.userName))?.mobile).to.equal("+32470000012");
  });

  it("brings one person alone when asked to, and leaves the others to the next run", async () => {
    const { people, api } = setup();
    const [one, other] = [await people.add("+32 470 00 00 13"), await people.add("+32 470 00 00 14")];
    await api.sync();
    await people.setMobile(one, "+32 470 00 00 15");
    await people.setMobile(other, "+32 470 00 00 16");

    const run = await api.sync({ user: one.userName });

    expect(run).to.include({ state: "done", user: one.userName });
    expect(run.counts).to.deep.include({ read: 1, changed: 1 });
    expect((await api.user(one.userName))?.mobile).to.equal("+32470000015");
    expect((await api.user(other.userName))?.mobile).to.equal("+32470000014");

    expect((await api.sync()).counts).to.deep.include({ changed: 1 });
    expect((await api.user(other.userName))?.mobile).to.equal("+32470000016");
  });

  it("counts in a dry run and writes nothing, so that the next run still finds it all", async () => {
    const { people, api } = setup();
    const [kept, gone] = [await people.add("+32 470 00 00 17"), await people.add("+32 470 00 00 18")];
    await api.sync();
    await people.setMobile(kept, "+32 470 00 00 19");
    await people.remove(gone);
    const fresh = await people.add("+32 470 00 00 20");
    const { total } = await api.users();

    const dry = await api.sync({ dryRun: true });

    expect(dry).to.include({ state: "done", dryRun: true });
    expect(dry.counts).to.deep.include({ added: 1, changed: 1, deleted: 1 });
    expect((await api.user(kept.userName))?.mobile).to.equal("+32470000017");
    expect(await api.user(fresh.userName)).to.equal(null);
    expect(await api.user(gone.userName)).not.to.equal(null);
    expect((await api.users()).total).to.equal(total);

    expect((await api.sync()).counts).to.deep.include({ added: 1, changed: 1, deleted: 1 });
  });
}
