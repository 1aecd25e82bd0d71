/** Encodes LDAP messages as a server sends them, whole or malformed. */
import { BerWriter } from "ldapts";

export interface EntryBytes {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly (string | Buffer)[]>>;
  readonly controls?: Readonly<Record<string, Buffer>>;
}

export const searchEntry = (messageId: number, { dn, attributes, controls }: EntryBytes): Buffer =>
  message(messageId, 0x64, controls, (writer) => {
    writer.writeString(dn);
    writer.startSequence();
    for (const [name, values] of Object.entries(attributes)) {
      writer.startSequence();
      writer.writeString(name);
      writer.startSequence(0x31);
      for (const value of values) writer.writeBuffer(Buffer.from(value), 0x04);
      writer.endSequence();
      writer.endSequence();
    }
    writer.endSequence();
  });

/** Any response that is an LDAPResult: 0x61 bind, 0x65 search done, 0x67 modify, 0x78 extended. */
export const result = (
  messageId: number,
  operation: number,
  code = 0,
  text = "",
  controls?: Readonly<Record<string, Buffer>>,
): Buffer =>
  message(messageId, operation, controls, (writer) => {
    writer.writeEnumeration(code);
    writer.writeString("");
    writer.writeString(text);
  });

export const pagedCookie = (cookie: string): Buffer => {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(0);
  writer.writeString(cookie);
  writer.endSequence();
  return Buffer.from(writer.buffer);
};

export function message(
  messageId: number,
  operation: number,
  controls: Readonly<Record<string, Buffer>> | undefined,
  write: (writer: BerWriter) => void,
): Buffer {
  const writer = new BerWriter({ size: 1 << 20 });
  writer.startSequence();
  writer.writeInt(messageId);
  writer.startSequence(operation);
  write(writer);
  writer.endSequence();
  if (controls !== undefined) {
    writer.startSequence(0xa0);
    for (const [oid, value] of Object.entries(controls)) {
      writer.startSequence();
      writer.writeString(oid);
      writer.writeBuffer(value, 0x04);
      writer.endSequence();
    }
    writer.endSequence();
  }
  writer.endSequence();
  return Buffer.from(writer.buffer);
}
