import { expect } from "chai";
import { BerWriter } from "ldapts";
import {
  dirSync,
  pagedResults,
  parseDirSync,
  parsePagedCookie,
  parsePasswordPolicy,
  parseSyncDone,
  parseSyncInfo,
  parseSyncState,
  policyHints,
  syncRequest,
} from "../../../../../agent/directory/ldap/controls.ts";
import { LDAP_OID } from "../../../../../agent/directory/ldap/oids.ts";

const UUID = Buffer.from("2449a9847aa310418e4799e3b2ef2da8", "hex");
const hex = (control: { readonly value?: Buffer }): string => control.value?.toString("hex") ?? "";
const ber = (write: (writer: BerWriter) => void, tag = 0x30): Buffer => {
  const writer = new BerWriter();
  writer.startSequence(tag);
  write(writer);
  writer.endSequence();
  return Buffer.from(writer.buffer);
};
const only = (oid: string, value: Buffer) => new Map([[oid, value]]);

describe("LDAP controls", () => {
  it("writes paged results, synchronization, DirSync and policy hints as the standards say", () => {
    expect(hex(pagedResults(500, Buffer.from("ab")))).to.equal("3008020201f404026162");
    expect(hex(syncRequest(null))).to.equal("30030a0101");
    expect(hex(syncRequest(Buffer.from("c")))).to.equal("30060a0101040163");
    expect(hex(dirSync(Buffer.alloc(0), 1, 1000))).to.equal("3009020101020203e80400");
    expect(hex(policyHints(LDAP_OID.policyHints))).to.equal("3003020101");
  });

  it("reads the cookie of a page, and none where the server did not page", () => {
    const page = ber((writer) => {
      writer.writeInt(0);
      writer.writeString("next");
    });

    expect(parsePagedCookie(only(LDAP_OID.pagedResults, page)).toString()).to.equal("next");
    expect(parsePagedCookie(new Map())).to.have.length(0);
  });

  it("reads the state and the end of a synchronization", () => {
    const state = ber((writer) => {
      writer.writeEnumeration(3);
      writer.writeBuffer(UUID, 4);
    });
    const done = ber((writer) => {
      writer.writeString("rid=000,csn=x");
      writer.writeBoolean(true);
    });

    expect(parseSyncState(only(LDAP_OID.syncState, state))).to.deep.equal({
      state: "delete",
      id: UUID.toString("hex"),
    });
    expect(parseSyncDone(only(LDAP_OID.syncDone, done))).to.deep.equal({
      cookie: Buffer.from("rid=000,csn=x"),
      refreshDeletes: true,
    });
    expect(
      parseSyncDone(
        only(
          LDAP_OID.syncDone,
          ber(() => undefined),
        ),
      ),
    ).to.deep.equal({
      cookie: null,
      refreshDeletes: false,
    });
  });

  it("reads every form of a Sync Info message", () => {
    const idSet = ber((writer) => {
      writer.writeBoolean(true);
      writer.startSequence(0x31);
      writer.writeBuffer(UUID, 4);
      writer.endSequence();
    }, 0xa3);

    expect(parseSyncInfo(idSet)).to.deep.equal({
      kind: "idSet",
      cookie: null,
      deleted: true,
      ids: [UUID.toString("hex")],
    });
    expect(parseSyncInfo(Buffer.from("800163", "hex"))).to.deep.equal({
      kind: "newCookie",
      cookie: Buffer.from("c"),
    });
    expect(parseSyncInfo(Buffer.from("a1030101ff", "hex"))?.kind).to.equal("refreshDelete");
    expect(parseSyncInfo(Buffer.from("a200", "hex"))?.kind).to.equal("refreshPresent");
    expect(parseSyncInfo(Buffer.from("3000", "hex"))).to.equal(null);
  });

  it("reads what ppolicy says", () => {
    const refused = Buffer.from("3003810106", "hex");
    const warned = Buffer.from("3005a00380010a", "hex");

    expect(parsePasswordPolicy(only(LDAP_OID.passwordPolicy, refused))?.error).to.equal("passwordTooShort");
    expect(parsePasswordPolicy(only(LDAP_OID.passwordPolicy, warned))?.secondsBeforeExpiration).to.equal(10);
    expect(parsePasswordPolicy(new Map())).to.equal(null);
  });

  it("reads DirSync with more to come", () => {
    const answer = ber((writer) => {
      writer.writeInt(1);
      writer.writeInt(0);
      writer.writeString("cookie");
    });

    expect(parseDirSync(only(LDAP_OID.dirSync, answer))).to.deep.equal({
      more: true,
      cookie: Buffer.from("cookie"),
    });
  });
});
