/** Passwords that LDAP code is known to mangle. All satisfy the lab's rules. */
const fill = (length: number): string => "Aa1!".repeat(length).slice(0, length);

export const AWKWARD_PASSWORDS: readonly { readonly what: string; readonly password: string }[] = [
  { what: "accents", password: "Pässwörd-é-2026" },
  { what: "the euro sign", password: "Costs-€-100-Now" },
  { what: "Chinese, Japanese, Korean", password: "密码パスワード비밀번호-A1b" },
  { what: "emoji beyond the basic plane", password: "Rocket-🚀-Moon-1" },
  { what: "combining forms", password: "Cafe\u0301-A\u030Angstro\u0308m-1" },
  { what: "quotes", password: `She-"said"-'it'-1` },
  { what: "backslashes", password: "C:\\Temp\\New\\x41-1a" },
  { what: "spaces in front and behind", password: "  Leading-And-Trailing-1  " },
  { what: "right to left", password: "סיסמה-Пароль-1a" },
  { what: "characters of LDAP filters and DNs", password: "(*)\\2a,=+<>#;Aa1" },
  ...[127, 128, 255, 256].map((length) => ({ what: `${length} characters`, password: fill(length) })),
];
