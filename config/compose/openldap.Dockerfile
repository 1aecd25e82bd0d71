# A small OpenLDAP to try Latchkey on: TLS with an authority of its own, syncprov, accesslog and ppolicy. Not for production.
FROM debian:bookworm-slim
RUN printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod 0755 /usr/sbin/policy-rc.d \
 && apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends slapd ldap-utils openssl \
 && rm -rf /var/lib/apt/lists/* /etc/ldap/slapd.d /var/lib/ldap/*
COPY config/compose/slapd.conf config/compose/people.ldif config/compose/openldap-entrypoint.sh /opt/latchkey/
VOLUME /tls
CMD ["/bin/sh", "/opt/latchkey/openldap-entrypoint.sh"]
