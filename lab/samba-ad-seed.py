#!/usr/bin/python3
"""Fills a freshly provisioned Samba domain, offline, from a plan in JSON on standard input:

{conf, database, units: [dn], groups: [{dn, name, members: [dn]}], accounts: [{dn, name, password, attributes}],
 grants: [{dn, account, aces: [sddl with {sid}]}], policy: {attribute: value}, fineGrained: [{name, attributes, appliesTo}]}
Every dn is relative to the domain.
"""
import json
import sys

import ldb
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB

BATCH = 2000
SHOW_DELETED = ["show_deleted:1"]

plan = json.load(sys.stdin)
lp = LoadParm()
lp.load(plan["conf"])
# Without these two, loading is quadratic: minutes instead of seconds for ten thousand people.
db = SamDB(url=plan["database"], session_info=system_session(), lp=lp,
           options=["batch_mode:1", "transaction_index_cache_size:200000"])
domain = str(db.domain_dn())
realm = domain.replace(",DC=", ".").replace("DC=", "")


def full(dn):
    return dn + "," + domain if dn else domain


def encode(password):
    return ('"%s"' % password).encode("utf-16-le")


def add_account(account):
    name = account["name"]
    password = account.get("password")
    message = {"dn": full(account["dn"]), "objectClass": "user", "sAMAccountName": name,
               "userPrincipalName": "%s@%s" % (name, realm), "userAccountControl": "512" if password else "544"}
    message.update(account.get("attributes", {}))
    if password:
        message["unicodePwd"] = encode(password)
    db.add(message)


def find(name):
    found = db.search(base=domain, scope=ldb.SCOPE_SUBTREE, expression="(sAMAccountName=%s)" % name, attrs=["objectSid"])
    return found[0]


def grant(dn, account, aces):
    sid = str(ndr_unpack(security.dom_sid, find(account)["objectSid"][0]))
    domain_sid = security.dom_sid(db.get_domain_sid())
    found = db.search(base=dn, scope=ldb.SCOPE_BASE, attrs=["nTSecurityDescriptor"], controls=SHOW_DELETED)
    text = ndr_unpack(security.descriptor, found[0]["nTSecurityDescriptor"][0]).as_sddl(domain_sid)
    at = text.index("(", text.index("D:"))
    text = text[:at] + "".join(ace.replace("{sid}", sid) for ace in aces) + text[at:]
    message = ldb.Message()
    message.dn = ldb.Dn(db, dn)
    message["sd"] = ldb.MessageElement(ndr_pack(security.descriptor.from_sddl(text, domain_sid)),
                                       ldb.FLAG_MOD_REPLACE, "nTSecurityDescriptor")
    db.modify(message, controls=SHOW_DELETED)


def replace(dn, attributes):
    message = ldb.Message()
    message.dn = ldb.Dn(db, dn)
    for name, value in attributes.items():
        message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
    db.modify(message)


db.transaction_start()
for dn in plan["units"]:
    db.add({"dn": full(dn), "objectClass": "organizationalUnit"})
for count, account in enumerate(plan["accounts"], 1):
    add_account(account)
    if count % BATCH == 0:
        db.transaction_commit()
        db.transaction_start()
for group in plan["groups"]:
    message = {"dn": full(group["dn"]), "objectClass": "group", "sAMAccountName": group["name"]}
    if group["members"]:
        message["member"] = [full(dn) for dn in group["members"]]
    db.add(message)
db.transaction_commit()

for item in plan["grants"]:
    grant(full(item["dn"]), item["account"], item["aces"])
for policy in plan["fineGrained"]:
    dn = full("CN=%s,CN=Password Settings Container,CN=System" % policy["name"])
    db.add({"dn": dn, "objectClass": "msDS-PasswordSettings", **policy["attributes"],
            "msDS-PSOAppliesTo": [full(target) for target in policy["appliesTo"]]})
for item in plan["changes"]:
    replace(full(item["dn"]), item["attributes"])
# Last: the people above were given passwords without it.
replace(domain, plan["policy"])
