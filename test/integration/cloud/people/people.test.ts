import { expect } from "chai";
import { testUser, userId } from "../../../support/directory-users.ts";
import { type ResetHost, startResetHost } from "../../../support/reset-host.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("people: finding a user by name", () => {
  let host: ResetHost;
  before(async () => (host = await startResetHost()));
  after(() => host.close());

  it("finds a user by user name and alias in any case, and makes up a user for any other name", async () => {
    const tenantId = await host.newTenant({}, [
      testUser(1, { aliases: ["both", "user1"] }),
      testUser(2, { aliases: ["both"] }),
    ]);
    for (const name of ["user1@contoso.com", " USER1@Contoso.com ", "User1"])
      expect(await host.people.find(tenantId, name)).to.deep.include({ id: userId(1), real: true });
    for (const name of ["both", "user", userId(1), "", "*", "user1\0"]) {
      const person = await host.people.find(tenantId, name);
      expect(person.real).to.equal(false);
      expect(person.user.id).to.equal(person.id);
      expect(await host.people.get(tenantId, person.id)).to.equal(null);
    }
    expect((await host.people.get(tenantId, userId(2)))?.user.userName).to.equal("User2@contoso.com");
  });

  it("needs the same reads of the store for every name (T-01)", async () => {
    const tenantId = await host.newTenant({}, [testUser(1), testUser(3, { mobile: null })]);
    const monitor = await host.store.redis.duplicate().monitor();
    const commands: string[] = [];
    monitor.on("monitor", (_time: string, args: string[]) => {
      if (args.some((part) => part.includes(tenantId))) commands.push(args[0]?.toLowerCase() ?? "");
    });
    const seen: string[] = [];
    for (const name of ["user1", "user3", "nobody"]) {
      await host.people.find(tenantId, name);
      await host.store.redis.get(`end:${tenantId}`);
      await waitFor("the monitor", () => commands.length >= 5);
      seen.push(commands.splice(0).join());
    }
    monitor.disconnect();
    expect(seen).to.deep.equal(Array.from({ length: 3 }, () => "fcall,zrange,hget,mget,get"));
  });

  it("needs the same reads of the store for every name with a domain, and makes up the same user for it (T-01)", async () => {
    const tenantId = await host.newTenant({}, [
      testUser(1, { userName: "user1@dir1.example.com" }),
      testUser(2, { userName: "user2" }),
    ]);
    const monitor = await host.store.redis.duplicate().monitor();
    const commands: string[] = [];
    monitor.on("monitor", (_time: string, args: string[]) => {
      if (args.some((part) => part.includes(tenantId))) commands.push(args[0]?.toLowerCase() ?? "");
    });
    const seen: string[] = [];
    const ids: string[] = [];
    const names = ["user1", "user2", "nobody"].flatMap((name) => [
      `${name}@dir1.example.com`,
      `DIR1\\${name}`,
      `ANY\\${name}`,
    ]);
    for (const name of names) {
      ids.push((await host.people.find(tenantId, name)).id);
      await host.store.redis.get(`end:${tenantId}`);
      await waitFor("the monitor", () => commands.at(-1) === "get");
      seen.push(commands.splice(0).join());
    }
    monitor.disconnect();
    expect(new Set(seen)).to.deep.equal(new Set(["hget,hgetall,fcall,zrange,hget,zrange,hget,mget,get"]));
    const nobody = (await host.people.find(tenantId, "nobody")).id;
    expect(ids).to.deep.equal([
      ...Array.from({ length: 3 }, () => userId(1)),
      ...Array.from({ length: 3 }, () => userId(2)),
      nobody,
      nobody,
      nobody,
    ]);
  });
});
