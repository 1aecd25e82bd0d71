/** Decodes the answers that a client gets (RFC 4511 section 4). No result points into the receive buffer. */
import { type BerReader, TAG } from "./ber-reader.ts";
import type { ResponseControls } from "./controls.ts";
import type { DirectoryEntryRaw } from "./ldap-entry.ts";
import type { LdapResult } from "./ldap-result.ts";
import { MAX_VALUE_BYTES } from "./ldap-stream.ts";

/** Tags of the operations that a server sends. */
export const OPERATION = {
  bindResponse: 0x61,
  searchEntry: 0x64,
  searchDone: 0x65,
  modifyResponse: 0x67,
  searchReference: 0x73,
  extendedResponse: 0x78,
  intermediateResponse: 0x79,
} as const;

const NO_CONTROLS: ResponseControls = new Map();
const CONTROLS = 0xa0;
const REFERRAL = 0xa3;
const MAX_MESSAGE_TEXT = 1024;

/** Decodes an LDAPResult, from before the operation's response to the end of the message. */
export function decodeResult(reader: BerReader, operation: number): LdapResult {
  let value: Buffer | null = null;
  const referrals: string[] = [];
  const head = reader.within(operation, () => {
    const code = reader.integer(TAG.enumerated);
    const matchedDn = reader.text();
    const message = reader.text().slice(0, MAX_MESSAGE_TEXT);
    if (reader.peek() === REFERRAL)
      reader.within(REFERRAL, () => {
        while (!reader.done) referrals.push(reader.text());
      });
    while (!reader.done) {
      if (operation === OPERATION.extendedResponse && reader.peek() === 0x8b)
        value = Buffer.from(reader.octets(0x8b));
      else reader.skip();
    }
    return { code, matchedDn, message };
  });
  return { ...head, referrals, value, controls: decodeControls(reader) };
}

/** Lowercase attribute names without options, each made once for a search: every entry has the same few. */
export type NameCache = Map<string, string>;
const MAX_CACHED_NAMES = 256;

/** Decodes a SearchResultEntry. Copies the message once; the values are views of that copy. */
export function decodeEntry(message: BerReader, names: NameCache): DirectoryEntryRaw {
  const reader = message.detach();
  const attributes = new Map<string, Buffer[]>();
  const entryEnd = reader.open(OPERATION.searchEntry);
  const dn = reader.text();
  const listEnd = reader.open(TAG.sequence);
  while (reader.offset < listEnd) {
    const attributeEnd = reader.open(TAG.sequence);
    const sent = reader.text();
    const name = baseName(sent, names);
    const valuesEnd = reader.open(TAG.set);
    const values: Buffer[] = [];
    while (reader.offset < valuesEnd) {
      const value = reader.octets();
      values.push(value.length > MAX_VALUE_BYTES ? value.subarray(0, MAX_VALUE_BYTES + 1) : value);
    }
    reader.leave(valuesEnd);
    reader.leave(attributeEnd);
    const others = attributes.get(name);
    if (others === undefined) attributes.set(name, values);
    else attributes.set(name, sent.includes(";") ? others.concat(values) : values.concat(others));
  }
  reader.leave(listEnd);
  reader.leave(entryEnd);
  return { dn, attributes, controls: decodeControls(reader) };
}

export function decodeIntermediate(reader: BerReader): { oid: string | null; value: Buffer } {
  return reader.within(OPERATION.intermediateResponse, () => ({
    oid: reader.peek() === 0x80 ? reader.text(0x80) : null,
    value: reader.peek() === 0x81 ? Buffer.from(reader.octets(0x81)) : Buffer.alloc(0),
  }));
}

/** Returns the name of an unsolicited notification (RFC 4511 section 4.4), an extended response with message id 0. */
export function decodeNotificationName(reader: BerReader): string | null {
  return reader.within(OPERATION.extendedResponse, () => {
    while (!reader.done) {
      if (reader.peek() === 0x8a) return reader.text(0x8a);
      reader.skip();
    }
    return null;
  });
}

/**
 * Returns the attribute that a description names, in lowercase and without its options (RFC 4512 section 2.5):
 * `mobile;lang-nl` is a mobile number, and a server returns it to a client that asks for `mobile`. Active Directory
 * splits long attributes into ranges ([MS-ADTS] 3.1.1.3.1.3.3), all of which are values of the attribute.
 */
function baseName(sent: string, names: NameCache): string {
  const known = names.get(sent);
  if (known !== undefined) return known;
  const semicolon = sent.indexOf(";");
  const name = (semicolon === -1 ? sent : sent.slice(0, semicolon)).toLowerCase();
  if (names.size < MAX_CACHED_NAMES) names.set(sent, name);
  return name;
}

function decodeControls(reader: BerReader): ResponseControls {
  if (reader.peek() !== CONTROLS) return NO_CONTROLS;
  const controls = new Map<string, Buffer>();
  reader.within(CONTROLS, () => {
    while (!reader.done)
      reader.within(TAG.sequence, () => {
        const oid = reader.text();
        if (reader.peek() === TAG.boolean) reader.boolean();
        controls.set(oid, reader.peek() === TAG.octets ? Buffer.from(reader.octets()) : Buffer.alloc(0));
      });
  });
  return controls;
}
