#!/bin/sh
# Makes Redis' certificate and its authority once, for the user that Redis runs as in its image.
set -eu
[ ! -f /tls/cert.pem ] || exit 0
cd /tls
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3650 -subj "/CN=Compose Redis CA" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout key.pem -out req.pem -subj "/CN=redis" 2>/dev/null
printf 'subjectAltName=DNS:redis,DNS:localhost\nextendedKeyUsage=serverAuth' > ext
openssl x509 -req -in req.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -out cert.pem -extfile ext 2>/dev/null
rm ca.key req.pem ext
chmod 0644 ca.pem cert.pem
chown 999:999 key.pem
