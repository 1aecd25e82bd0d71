/** Encodes a password for Active Directory, which takes it in quotes, in UTF-16LE, as bytes ([MS-ADTS] 3.1.1.3.1.5). */
export const encodeUnicodePassword = (password: string): Buffer => Buffer.from(`"${password}"`, "utf16le");
