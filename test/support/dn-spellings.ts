/** One DN in the spellings that an administrator, a tool or another server may give it. */

export const ADMINS = "CN=Admins\\, EU,OU=Groups,DC=example,DC=com";

export const SPELLINGS_OF_ADMINS: readonly string[] = [
  ADMINS,
  "cn=admins\\, eu,ou=groups,dc=example,dc=com",
  "CN=Admins\\2C EU,OU=Groups,DC=example,DC=com",
  "CN=Admins\\2c\\20EU,OU=Groups,DC=example,DC=com",
  'CN="Admins, EU",OU=Groups,DC=example,DC=com',
  "CN=Admins\\, EU;OU=Groups;DC=example;DC=com",
  " CN = Admins\\,   EU , OU = Groups,DC=example , DC=com ",
  "CN=#0C0A41646D696E732C204555,OU=Groups,DC=example,DC=com",
  "2.5.4.3=Admins\\, EU,2.5.4.11=Groups,DC=example,DC=com",
  "OID.2.5.4.3=Admins\\, EU,OU=Groups,0.9.2342.19200300.100.1.25=example,DC=com",
  "commonName=Admins\\, EU,organizationalUnitName=Groups,domainComponent=example,domainComponent=com",
];

export const OTHER_THAN_ADMINS: readonly string[] = [
  "CN=Admins,EU,OU=Groups,DC=example,DC=com",
  "CN=Admins\\, EU2,OU=Groups,DC=example,DC=com",
  "CN=Admins\\, EU,OU=Other,DC=example,DC=com",
  "OU=Groups,DC=example,DC=com",
  "SN=Admins\\, EU,OU=Groups,DC=example,DC=com",
  "Admins, EU",
];
