import { expect } from "chai";
import { z } from "zod";
import { openStore, type Store } from "../../../../cloud/store/store.ts";
import { createVisitStore } from "../../../../cloud/store/visits.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { testMac } from "../../../support/record-mac.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";

const schema = z.strictObject({ id: z.string(), tenantId: z.string(), revision: z.int(), tries: z.int() });
const keyOf = (tenantId: string, id: string): string => `lk:{${tenantId}}:attempt:${id}`;

describe("the store of visits", () => {
  const tenantId = `visits-${newId().toLowerCase()}`;
  let store: Store;
  const node = () => createVisitStore({ store, kind: "attempt", schema, keyOf, personOf: () => null });
  const visit = (revision = 0, tries = 5) => ({ id, tenantId, revision, tries });
  let id: string;

  before(async () => {
    store = await openStore({
      mac: testMac,
      connection: (await sharedRedis()).connection,
      log: silentLogger,
    });
  });
  after(() => store.close());
  beforeEach(() => {
    id = newId();
  });

  it("refuses a visit that no node wrote under its name and revision", async () => {
    await node().save(visit(), 60_000);
    const other = { ...visit(), id: newId() };
    await node().save(other, 60_000);
    const own = (await store.redis.get(keyOf(tenantId, id))) ?? "";
    const moved = (await store.redis.get(keyOf(tenantId, other.id))) ?? "";
    const [revision = "", , json = ""] = own.split("\n");
    for (const forged of [
      own.replace('"tries":5', '"tries":9'),
      own.replace(/^1/, "7"),
      moved,
      `${revision}\n${json}`,
    ]) {
      await store.redis.set(keyOf(tenantId, id), forged);
      expect(await rejection(node().find(tenantId, id)), forged).to.include({ code: "RECORD_FORGED" });
    }
  });

  it("ends a visit on each node that has seen a newer value of it, and one that was removed, without an alarm", async () => {
    const [older, forged]: [string[], string[]] = [[], []];
    store.refusals.onRefusal(({ key }) => forged.push(key));
    store.refusals.onOlder(({ key }) => older.push(key));
    const one = node();
    const two = node();
    const first = await one.save(visit(), 60_000);
    const old = (await store.redis.get(keyOf(tenantId, id))) ?? "";
    await one.save({ ...visit(first?.revision, 4) }, 60_000);
    expect(await two.find(tenantId, id)).to.include({ tries: 4 });

    await store.redis.set(keyOf(tenantId, id), old);
    for (const each of [one, two])
      expect([await each.find(tenantId, id), each.remembered(tenantId, id)]).to.deep.equal([null, null]);
    expect(await node().find(tenantId, id), "a node that has seen nothing newer").to.include({ tries: 5 });

    await one.remove(tenantId, id);
    await store.redis.set(keyOf(tenantId, id), old);
    expect(await one.find(tenantId, id)).to.equal(null);
    expect(older).to.deep.equal([1, 2, 3].map(() => keyOf(tenantId, id)));
    expect(forged).to.deep.equal([]);
  });
});
