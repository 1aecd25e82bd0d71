/** Plans the users of the lab's Active Directory; samba-ad-seed.py carries the plan out. DNs are relative to the domain. */

export const ADMINISTRATOR_PASSWORD = "Adm1n-Passw0rd!";
export const SERVICE_PASSWORD = "Svc-Passw0rd-1!";

export interface SeedAccount {
  readonly dn: string;
  readonly name: string;
  readonly password?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface SambaAdPlan {
  readonly units: readonly string[];
  readonly accounts: readonly SeedAccount[];
  readonly groups: readonly { dn: string; name: string; members: readonly string[] }[];
  readonly grants: readonly { dn: string; account: string; aces: readonly string[] }[];
  readonly policy: Readonly<Record<string, string>>;
  readonly fineGrained: readonly {
    name: string;
    attributes: Readonly<Record<string, string>>;
    appliesTo: readonly string[];
  }[];
  readonly changes: readonly { dn: string; attributes: Readonly<Record<string, string>> }[];
}

/** Describes user number `index`: sign-in name, password and mobile follow from the number. */
function staffMember(index: number): SeedAccount & { password: string } {
  const digits = index.toString().padStart(5, "0");
  return {
    dn: `CN=Person ${digits},OU=Staff`,
    name: `p${digits}`,
    password: `Start-Pw-${digits}!`,
    attributes: {
      displayName: `Person ${digits}`,
      givenName: "Person",
      sn: digits,
      mobile: `+32 47${index.toString().padStart(7, "0")}`,
    },
  };
}

const named = (
  name: string,
  dn: string,
  attributes: Readonly<Record<string, string>> = {},
): SeedAccount & { password: string } => ({
  dn,
  name,
  password: `Start-Pw-${name}!`,
  attributes: { displayName: `${name} Tester`, ...attributes },
});

const SERVICE = [
  { dn: "CN=svc-sync,OU=Service", name: "svc-sync", password: SERVICE_PASSWORD },
  { dn: "CN=svc-writeback,OU=Service", name: "svc-writeback", password: SERVICE_PASSWORD },
];

/** One user of each kind that is treated differently. */
const SPECIAL = [
  named("disabled", "CN=Disabled Person,OU=Staff", { userAccountControl: "514" }),
  named("expired", "CN=Expired Person,OU=Staff", { accountExpires: "132223104000000000" }), // 2020-01-01
  named("privileged", "CN=Privileged Person,OU=Staff"),
  named("guarded", "CN=Guarded Person,OU=Staff"),
  named("strict", "CN=Strict Person,OU=Staff"),
  named("nested", "CN=Nested Person,OU=Ghent,OU=Staff", { mobile: "+32 478000001" }),
  named("outside", "CN=Outside Person,OU=Outside", { mobile: "+32 478000002" }),
];

const GUID_OF = {
  user: "bf967aba-0de6-11d0-a285-00aa003049e2",
  resetPassword: "00299570-246d-11d0-a768-00aa006e0529",
  lockoutTime: "28630ebf-41d5-11d1-a9c1-0000f80367c1",
  pwdLastSet: "bf967a0a-0de6-11d0-a285-00aa003049e2",
};

/** A user without a password costs a fiftieth of one with, so only the first `withPassword` have one. */
export function planSambaAd(people: number, withPassword: number): SambaAdPlan {
  const staff = Array.from({ length: people }, (_, index): SeedAccount => {
    const { password, ...rest } = staffMember(index);
    return index < withPassword ? { ...rest, password } : rest;
  });
  return {
    units: ["OU=Staff", "OU=Ghent,OU=Staff", "OU=Outside", "OU=Service", "OU=Groups"],
    accounts: [...SERVICE, ...SPECIAL, ...staff],
    groups: [
      { dn: "CN=Inner,OU=Groups", name: "Inner", members: ["CN=Guarded Person,OU=Staff"] },
      { dn: "CN=Protected,OU=Groups", name: "Protected", members: ["CN=Inner,OU=Groups"] },
      { dn: "CN=Team,OU=Groups", name: "Team", members: ["CN=Nested Person,OU=Ghent,OU=Staff"] },
      { dn: "CN=Everyone Synced,OU=Groups", name: "Everyone Synced", members: ["CN=Team,OU=Groups"] },
    ],
    grants: [
      {
        dn: "OU=Staff",
        account: "svc-writeback",
        aces: [
          `(OA;CIIO;CR;${GUID_OF.resetPassword};${GUID_OF.user};{sid})`,
          `(OA;CIIO;RPWP;${GUID_OF.lockoutTime};${GUID_OF.user};{sid})`,
          `(OA;CIIO;RPWP;${GUID_OF.pwdLastSet};${GUID_OF.user};{sid})`,
        ],
      },
      { dn: "CN=Deleted Objects", account: "svc-sync", aces: ["(A;CI;LCRP;;;{sid})"] },
      {
        dn: "CN=Password Settings Container,CN=System",
        account: "svc-writeback",
        aces: ["(A;CI;LCRP;;;{sid})"],
      },
    ],
    policy: {
      minPwdLength: "10",
      pwdProperties: "1",
      pwdHistoryLength: "5",
      minPwdAge: "0",
      maxPwdAge: "-9223372036854775808",
      lockoutThreshold: "5",
      lockoutDuration: "-18000000000",
      lockOutObservationWindow: "-18000000000",
    },
    fineGrained: [
      {
        name: "Strict",
        attributes: {
          "msDS-PasswordSettingsPrecedence": "10",
          "msDS-PasswordReversibleEncryptionEnabled": "FALSE",
          "msDS-PasswordHistoryLength": "7",
          "msDS-PasswordComplexityEnabled": "TRUE",
          "msDS-MinimumPasswordLength": "16",
          "msDS-MinimumPasswordAge": "0",
          "msDS-MaximumPasswordAge": "-9223372036854775808",
          "msDS-LockoutThreshold": "5",
          "msDS-LockoutObservationWindow": "-18000000000",
          "msDS-LockoutDuration": "-18000000000",
        },
        appliesTo: ["CN=Strict Person,OU=Staff"],
      },
    ],
    changes: [{ dn: "CN=Privileged Person,OU=Staff", attributes: { adminCount: "1" } }],
  };
}
