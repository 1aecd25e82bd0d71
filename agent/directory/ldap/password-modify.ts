/** The Password Modify extended operation (RFC 3062). */
import { BerWriter } from "ldapts";

export interface PasswordModify {
  readonly userDn: string;
  /** Null for a reset, which an administrator's rights allow. */
  readonly oldPassword: string | null;
  readonly newPassword: string;
}

/** Encodes the request value (section 2): SEQUENCE { [0] user, [1] old password, [2] new password }. Wipe it after use. */
export function passwordModifyValue({ userDn, oldPassword, newPassword }: PasswordModify): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeBuffer(Buffer.from(userDn), 0x80);
  if (oldPassword !== null) writer.writeBuffer(Buffer.from(oldPassword), 0x81);
  writer.writeBuffer(Buffer.from(newPassword), 0x82);
  writer.endSequence();
  return writer.buffer;
}
