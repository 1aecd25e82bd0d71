/** Object identifiers of the controls, extended operations and capabilities that this product uses. */
export const LDAP_OID = {
  /** Every AD DC lists it in supportedCapabilities ([MS-ADTS] 3.1.1.3.2.7). */
  activeDirectory: "1.2.840.113556.1.4.800",
  pagedResults: "1.2.840.113556.1.4.319",
  dirSync: "1.2.840.113556.1.4.841",
  /** Shows referral objects as entries (RFC 3296 section 3). */
  manageDsaIt: "2.16.840.1.113730.3.4.2",
  /** [MS-ADTS] 3.1.1.3.4.1.11 */
  securityDescriptorFlags: "1.2.840.113556.1.4.801",
  showDeleted: "1.2.840.113556.1.4.417",
  showRecycled: "1.2.840.113556.1.4.2064",
  policyHints: "1.2.840.113556.1.4.2239",
  policyHintsDeprecated: "1.2.840.113556.1.4.2066",
  /** Matching rule that follows group membership through nested groups ([MS-ADTS] 3.1.1.3.4.4.3). */
  inChain: "1.2.840.113556.1.4.1941",
  /** [MS-ADTS] 3.1.1.3.4.1.9 */
  changeNotification: "1.2.840.113556.1.4.528",
  /** draft-ietf-ldapext-psearch */
  persistentSearch: "2.16.840.1.113730.3.4.3",
  syncRequest: "1.3.6.1.4.1.4203.1.9.1.1",
  syncState: "1.3.6.1.4.1.4203.1.9.1.2",
  syncDone: "1.3.6.1.4.1.4203.1.9.1.3",
  syncInfo: "1.3.6.1.4.1.4203.1.9.1.4",
  passwordPolicy: "1.3.6.1.4.1.42.2.27.8.5.1",
  /** "Who am I?" (RFC 4532). */
  whoAmI: "1.3.6.1.4.1.4203.1.11.3",
  passwordModify: "1.3.6.1.4.1.4203.1.11.1",
  /** Get Effective Rights, of Netscape's descendants. */
  effectiveRights: "1.3.6.1.4.1.42.2.27.9.5.2",
  /** Extended operation of FreeIPA's password plugin (ipa-pwd-extop, KEYTAB_SET_OID). */
  freeIpaSetKeytab: "2.16.840.1.113730.3.8.10.1",
  startTls: "1.3.6.1.4.1.1466.20037",
  noticeOfDisconnection: "1.3.6.1.4.1.1466.20036",
} as const;
