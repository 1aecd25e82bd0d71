#!/bin/sh
# Makes the certificates and the data once, then runs slapd in the foreground.
set -eu
if [ ! -f /tls/cert.pem ]; then
  cd /tls
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3650 -subj "/CN=Compose CA" 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -keyout key.pem -out req.pem -subj "/CN=openldap" 2>/dev/null
  printf 'subjectAltName=DNS:openldap,DNS:localhost\nextendedKeyUsage=serverAuth' > ext
  openssl x509 -req -in req.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -out cert.pem -extfile ext 2>/dev/null
  chmod 0644 ca.pem cert.pem
fi
mkdir -p /var/lib/ldap/people /var/lib/ldap/log
if [ ! -f /var/lib/ldap/people/data.mdb ]; then
  slapadd -q -f /opt/latchkey/slapd.conf -b dc=example,dc=com -l /opt/latchkey/people.ldif
fi
exec slapd -f /opt/latchkey/slapd.conf -h "ldap:/// ldaps:///" -d 0
