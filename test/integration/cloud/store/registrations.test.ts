import { expect } from "chai";
import { keys } from "../../../../cloud/store/keys.ts";
import { NO_REGISTRATION, type Registrations } from "../../../../cloud/store/registration-record.ts";
import { createRegistrations } from "../../../../cloud/store/registrations.ts";
import { printVersioned } from "../../../../cloud/store/versioned.ts";
import { asUser, testUser, userId } from "../../../support/directory-users.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";
import {
  newSession,
  newTenant,
  runSync,
  startSyncCloud,
  type SyncCloud,
} from "../../../support/sync-cloud.ts";

describe("the registration store", () => {
  let cloud: SyncCloud;
  let registrations: Registrations;
  let tenantId: string;
  before(async () => {
    cloud = await startSyncCloud((await sharedRedis()).connection);
    registrations = createRegistrations({ store: cloud.store });
    tenantId = await newTenant(cloud);
    const changes = [1, 2, 3, 4].map((number) => asUser(testUser(number)));
    await runSync(cloud.sync, newSession(tenantId), { changes });
  });
  after(() => cloud.close());

  it("returns an empty registration for a user without one, and otherwise the stored one", async () => {
    expect(await registrations.get(tenantId, userId(1))).to.deep.equal(NO_REGISTRATION);
    const written = await registrations.update(tenantId, userId(1), (present) => ({
      ...present,
      mobile: { number: "+32470123456", confirmedAt: 1 },
      recoveryCodes: [{ digest: "x", usedAt: null }],
      confirmedSynced: [{ field: "mobile", value: "+32470000001", at: 2 }],
    }));

    expect(await registrations.get(tenantId, userId(1))).to.deep.equal(written);
  });

  it("loses no change when many are made at once", async () => {
    await Promise.all(
      Array.from({ length: 8 }, () =>
        registrations.update(tenantId, userId(2), (present) => ({
          ...present,
          confirmedAt: (present.confirmedAt ?? 0) + 1,
        })),
      ),
    );

    expect(await registrations.get(tenantId, userId(2))).to.include({ confirmedAt: 8 });
  });

  it("writes nothing when nothing changes", async () => {
    await registrations.update(tenantId, userId(3), () => null);

    expect(await cloud.store.redis.exists(keys.registrations(tenantId) + userId(3))).to.equal(0);
  });

  it("writes nothing for a user who does not exist", async () => {
    const write = registrations.update(tenantId, userId(99), (present) => ({ ...present, confirmedAt: 1 }));

    expect(await rejection(write)).to.include({ code: "USER_UNKNOWN" });
    expect(await cloud.store.redis.exists(keys.registrations(tenantId) + userId(99))).to.equal(0);
  });

  const fifth = (): string => keys.registrations(tenantId) + userId(5);

  for (const content of [{}, { mobile: 7 }])
    it(`throws RECORD_CORRUPT for a damaged record: ${JSON.stringify(content)}`, async () => {
      await cloud.store.redis.set(fifth(), printVersioned(cloud.store, fifth(), 1, content));
      const error = await rejection(registrations.get(tenantId, userId(5)));

      expect(error).to.include({ code: "RECORD_CORRUPT" });
      expect(error.message).to.include(fifth());
    });

  it("throws RECORD_FORGED for a record that no node wrote under this name and version", async () => {
    const { store } = cloud;
    const own = printVersioned(store, fifth(), 2, NO_REGISTRATION);
    const ofAnother = printVersioned(store, keys.registrations(tenantId) + userId(6), 2, NO_REGISTRATION);
    const json = JSON.stringify(NO_REGISTRATION);
    const forged = ["", "x", "1\n", `1\n${json}`, `1\n\n${json}`, own.replace(/^2/, "3"), ofAnother];
    for (const value of [...forged, own.replace('"confirmedAt":null', '"confirmedAt":1')]) {
      await store.redis.set(fifth(), value);
      const error = await rejection(registrations.get(tenantId, userId(5)));

      expect(error, value).to.include({ code: "RECORD_FORGED" });
      expect(error.message).to.include(fifth());
    }
    await store.redis.set(fifth(), own);
    expect(await registrations.get(tenantId, userId(5))).to.deep.equal(NO_REGISTRATION);
  });
});
