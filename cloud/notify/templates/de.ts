import type { Catalogue } from "./catalogue.ts";

export const de: Catalogue = {
  otp: {
    subject: "Ihr Bestätigungscode für {tenant}",
    before: "Ihr Bestätigungscode lautet:",
    after: [
      "Dieser Code läuft in {minutes} Minuten ab und kann nur einmal verwendet werden. Geben Sie ihn auf der Seite ein, auf der Sie ihn angefordert haben.",
      "Geben Sie diesen Code nicht weiter. Wir fragen Sie niemals danach, weder am Telefon noch per E-Mail. Wenn Sie keinen Code angefordert haben, ignorieren Sie diese E-Mail.",
    ],
    text: "{tenant}: {otp} ist Ihr Bestätigungscode. Geben Sie ihn nicht weiter.",
    call: {
      ask: "Guten Tag. Hier ist {tenant}. Drücken Sie eine Taste, um den angeforderten Bestätigungscode zu hören.",
      intro: "Ihr Code lautet:",
      again: "Ich wiederhole. Ihr Code lautet:",
      end: "Geben Sie diesen Code nicht weiter. Auf Wiederhören.",
    },
  },
  test: {
    subject: "Testnachricht",
    line: "{tenant}: Dies ist eine Testnachricht der Kontowiederherstellung. Sie müssen nichts tun.",
    ask: "Guten Tag. Dies ist ein Testanruf von {tenant}. Drücken Sie eine beliebige Taste, um die Testnachricht zu hören.",
  },
  notices: {
    password_reset: {
      subject: "Ihr Passwort wurde zurückgesetzt",
      lines: [
        "Das Passwort für Ihr Konto {userName} wurde zurückgesetzt. Es wurde ein neues Passwort festgelegt.",
        "Bestätigt mit: {method}.",
        "In den letzten 30 Tagen eingerichtete oder bestätigte Methoden: {recent}. Gehört eine davon nicht Ihnen? Wenden Sie sich sofort an Ihren Administrator.",
      ],
      text: "{tenant}: Das Passwort für Ihr Konto wurde zurückgesetzt. Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator.",
    },
    password_changed: {
      subject: "Ihr Passwort wurde geändert",
      lines: [
        "Das Passwort für Ihr Konto {userName} wurde von einer Person geändert, die das alte Passwort kannte.",
      ],
      text: "{tenant}: Das Passwort für Ihr Konto wurde geändert. Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator.",
    },
    account_unlocked: {
      subject: "Ihr Konto wurde entsperrt",
      lines: [
        "Ihr Konto {userName} wurde entsperrt. Das Passwort wurde nicht geändert.",
        "Bestätigt mit: {method}.",
        "In den letzten 30 Tagen eingerichtete oder bestätigte Methoden: {recent}. Gehört eine davon nicht Ihnen? Wenden Sie sich sofort an Ihren Administrator.",
      ],
      text: "{tenant}: Ihr Konto wurde entsperrt. Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator.",
    },
    reset_impossible: {
      subject: "Ihr Passwort konnte nicht zurückgesetzt werden",
      lines: [
        "Jemand, wahrscheinlich Sie, hat versucht, das Passwort für das Konto {userName} zurückzusetzen oder das Konto zu entsperren. Dies war nicht möglich: {reason}",
        "Ab {until} können Sie es erneut versuchen.",
        "Wenden Sie sich an Ihren Administrator, um Hilfe zu erhalten.",
      ],
      text: "{tenant}: Ihr Passwort kann nicht über das Portal zurückgesetzt werden. Wenden Sie sich an Ihren Administrator.",
    },
    sign_in_impossible: {
      subject: "Sie können sich mit Ihrem Konto nicht anmelden",
      lines: [
        "Jemand, wahrscheinlich Sie, hat versucht, sich mit dem Konto {userName} am Portal anzumelden. Dies war nicht möglich: {reason}",
        "Wenden Sie sich an Ihren Administrator, um Hilfe zu erhalten.",
      ],
      text: "{tenant}: Sie können sich mit Ihrem Konto nicht am Portal anmelden. Wenden Sie sich an Ihren Administrator.",
    },
    self_service_blocked: {
      subject: "Das Zurücksetzen Ihres Passworts ist vorübergehend gesperrt",
      lines: [
        "Es gab zu viele fehlgeschlagene Versuche, das Passwort für das Konto {userName} zurückzusetzen. Es wurde nichts geändert. Zum Schutz Ihres Kontos ist das Zurücksetzen des Passworts über das Portal vorübergehend gesperrt.",
        "Ab {until} können Sie es erneut versuchen. Ihr Administrator kann die Sperre früher aufheben.",
      ],
      text: "{tenant}: Zu viele fehlgeschlagene Versuche, Ihr Passwort zurückzusetzen. Es wurde nichts geändert. Dies ist vorübergehend gesperrt.",
    },
    method_added: {
      subject: "Eine Bestätigungsmethode wurde hinzugefügt oder bestätigt",
      lines: [
        "Diese Bestätigungsmethode wurde für Ihr Konto {userName} hinzugefügt oder bestätigt: {method}.",
      ],
      text: "{tenant}: Bestätigungsmethode für Ihr Konto hinzugefügt oder bestätigt. Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator.",
    },
    method_removed: {
      subject: "Eine Bestätigungsmethode wurde entfernt",
      lines: ["Diese Bestätigungsmethode wurde aus Ihrem Konto {userName} entfernt: {method}."],
      text: "{tenant}: Bestätigungsmethode aus Ihrem Konto entfernt. Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator.",
    },
    method_waits: {
      subject: "Eine Bestätigungsmethode wurde hinzugefügt und gilt noch nicht",
      lines: [
        "Diese Bestätigungsmethode wurde Ihrem Konto {userName} hinzugefügt: {method}.",
        "Hinzugefügt hat sie jemand, der Ihr Passwort kennt und sonst nichts bestätigt hat. Zum Schutz Ihres Kontos kann Ihr Passwort damit erst ab {until} zurückgesetzt werden.",
      ],
      text: "{tenant}: Bestätigungsmethode nur mit dem Passwort hinzugefügt. Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator.",
    },
    method_removal_waits: {
      subject: "Eine Bestätigungsmethode wird entfernt",
      lines: [
        "Jemand möchte diese Bestätigungsmethode aus Ihrem Konto {userName} entfernen: {method}.",
        "Diese Person kennt Ihr Passwort und hat sonst nichts bestätigt. Zum Schutz Ihres Kontos wird die Methode erst am {until} entfernt. Waren Sie das nicht? Wenden Sie sich vorher an Ihren Administrator.",
      ],
      text: "{tenant}: Bestätigungsmethode soll nur mit dem Passwort entfernt werden. Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator.",
    },
    number_changed: {
      subject: "Ihre Kontaktdaten wurden geändert",
      lines: [
        "Ihrer Organisation sind für Ihr Konto {userName} jetzt andere Kontaktdaten bekannt: {changed}.",
        "Zum Schutz Ihres Kontos können Sie Ihr Passwort erst ab {until} mit den neuen Daten zurücksetzen.",
      ],
      text: "{tenant}: Kontaktdaten für Ihr Konto wurden geändert. Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator.",
    },
    outcome_known: {
      subject: "Ergebnis Ihrer Anfrage",
      lines: [
        "Das Ergebnis Ihrer Anfrage für das Konto {userName} ({operation}) konnten wir zunächst nicht bestätigen. Jetzt ist das Ergebnis bekannt: {outcome}",
      ],
      text: "{tenant}: Ergebnis Ihrer Anfrage: {outcome}",
    },
    admin_privileged_reset: {
      subject: "Ein privilegiertes Konto hat Self-Service verwendet",
      lines: [
        "Das privilegierte Konto {userName} hat Self-Service verwendet: {operation}.",
        "Name: {displayName}.",
        "Bestätigt mit: {method}.",
        "Wenn Sie dies nicht erwartet haben, behandeln Sie es als Sicherheitsvorfall: Sperren Sie das Konto, und prüfen Sie das Audit-Protokoll.",
      ],
      text: null,
    },
    admin_contact_request: {
      subject: "Ein Benutzer bittet um Hilfe mit einem Konto",
      lines: [
        "Ein Benutzer, der den Benutzernamen {userName} eingegeben hat, hat keinen Zugriff mehr auf das Konto und bittet um Ihre Hilfe.",
        "{proven}",
        "Grund: {reason}",
        "Nachricht: {message}",
        "Rufen Sie den Benutzer unter einer Nummer zurück, die Ihnen bereits bekannt ist, nicht unter einer Nummer aus dieser Nachricht.",
      ],
      text: null,
    },
    admin_agent_enrolled: {
      subject: "Ein neuer Agent wurde registriert",
      lines: [
        "Der Agent {agentName} wurde auf dem Host {hostName} registriert. Er erhält keine Passwörter, bevor ein Administrator ihn genehmigt.",
        "Sein Fingerabdruck ist {fingerprint}. Vergleichen Sie ihn mit dem Fingerabdruck, den der Agent ausgegeben hat, bevor Sie den Agenten genehmigen.",
        "Wenn Sie keinen neuen Agenten erwartet haben, widerrufen Sie ihn sofort.",
      ],
      text: null,
    },
    admin_security_event: {
      subject: "Etwas Sicherheitsrelevantes ist geschehen",
      lines: [
        "{event}",
        "Einzelheiten: {summary}.",
        "Verursacht durch: {by}.",
        "Wenn Sie das nicht erwartet haben, behandeln Sie es als Sicherheitsvorfall. Das Prüfprotokoll enthält jedes solche Ereignis; die Zahl der E-Mails darüber ist begrenzt.",
      ],
      text: null,
    },
    admin_brake_engaged: {
      subject: "Ein Agent wurde angehalten: zu viele Passwortänderungen",
      lines: [
        "Die Bremse des Agenten {agentName} hat alle Passwortänderungen angehalten: Es waren zu viele in kurzer Zeit.",
        "Ermitteln Sie die Ursache. Wenn die Änderungen rechtmäßig waren, lösen Sie die Bremse auf dem Host des Agenten.",
      ],
      text: null,
    },
    admin_other_directory: {
      subject: "Ein Agent bedient ein anderes Verzeichnis",
      lines: [
        "Der Agent {agentName} liest das Verzeichnis {directory}. Es ist nicht das Verzeichnis seiner Quelle. Er synchronisiert niemanden und erhält keine Passwörter.",
        "Korrigieren Sie die Server in der Konfiguration des Agenten. Wenn das Verzeichnis absichtlich ersetzt wurde, registrieren Sie dafür einen neuen Agenten.",
      ],
      text: null,
    },
    admin_breaker_opened: {
      subject: "Self-Service wurde eingeschränkt: Anzeichen von Missbrauch",
      lines: [
        "Von {sent} SMS und Anrufen in der letzten Stunde führten nur {verified} zu einer erfolgreichen Bestätigung. Möglicherweise will jemand Kosten für Sie verursachen. Benutzer, die sich noch nie bestätigt haben, erhalten deshalb eine Stunde lang keine SMS und Anrufe. Ein Administrator hebt dies mit „latchkey limits lift unused_codes“ auf.",
        "In der letzten Stunde wurden für mindestens {failed} Benutzernamen falsche Codes eingegeben, aus vielen Netzwerken. Möglicherweise versucht jemand, Codes zu erraten. Für das Zurücksetzen sind deshalb jetzt zwei Bestätigungsmethoden nötig. Benutzer mit einer Methode warten zwei Minuten länger.",
        "Andere Bestätigungsmethoden funktionieren weiterhin.",
      ],
      text: null,
    },
    admin_policy_changed: {
      subject: "Die Self-Service-Richtlinie wurde geändert",
      lines: [
        "Version {version} der Richtlinie wurde angewendet.",
        "Angewendet von: {by}.",
        "Änderungen: {summary}",
        "Wenn Sie dies nicht erwartet haben, prüfen Sie das Audit-Protokoll.",
      ],
      text: null,
    },
    admin_deletes_held: {
      subject: "Löschungen warten auf Ihre Genehmigung",
      lines: [
        "Die Verzeichnissynchronisierung würde {count} Benutzer löschen. Das sind mehr als üblich, deshalb wurden keine Benutzer gelöscht.",
        "Prüfen Sie die Liste, und genehmigen oder verwerfen Sie die Löschungen.",
      ],
      text: null,
    },
    admin_numbers_changed: {
      subject: "Viele Telefonnummern oder Adressen wurden gleichzeitig geändert",
      lines: [
        "Bei einer Verzeichnissynchronisierung haben sich die Telefonnummern oder alternativen E-Mail-Adressen von {count} Benutzern geändert. Jeder dieser Benutzer wird über die alten Daten benachrichtigt.",
        "Wenn Sie dies nicht erwartet haben, behandeln Sie es als Sicherheitsvorfall: Mit Telefonnummern und Adressen kann ein Passwort zurückgesetzt werden.",
        "Die neuen Daten können erst zum Zurücksetzen eines Passworts verwendet werden, wenn die Wartezeit aus der Richtlinie abgelaufen ist.",
      ],
      text: null,
    },
  },
  greeting: "Guten Tag {displayName},",
  plainGreeting: "Guten Tag,",
  notYou: "Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator.",
  notYouTell: "Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator: {contact}.",
  time: "Zeitpunkt: {time}",
  reference: "Referenz: {reference}",
  automatic:
    "{tenant} hat diese E-Mail automatisch gesendet. Sie enthält keine Links und fragt niemals nach einem Passwort oder Code.",
  methods: {
    text: "SMS an das Mobiltelefon",
    call: "Anruf auf dem Mobiltelefon",
    office_call: "Anruf auf dem Bürotelefon",
    email: "E-Mail an die alternative Adresse",
    authenticator: "Authenticator-App",
    recovery_code: "Wiederherstellungscodes",
    questions: "Sicherheitsfragen",
  },
  destinations: {
    mobile: "Mobilnummer",
    officePhone: "Büronummer",
    alternateEmail: "alternative E-Mail-Adresse",
  },
  reasons: {
    ACCOUNT_PROTECTED: "Es handelt sich um ein privilegiertes Konto.",
    ACCOUNT_DISABLED: "Das Konto ist deaktiviert.",
    ACCOUNT_EXPIRED: "Das Konto ist abgelaufen.",
    ACCOUNT_STATE_UNREADABLE: "Es ist nicht erkennbar, ob das Konto offen ist.",
    ACCOUNT_OUT_OF_SCOPE: "Self-Service ist für dieses Konto nicht verfügbar.",
    ACCOUNT_DENIED: "Ihre Organisation hat das Konto von Self-Service ausgeschlossen.",
    PROTECTION_UNKNOWN:
      "Der Server Ihrer Organisation kann zurzeit nicht feststellen, ob Self-Service für das Konto erlaubt ist.",
    DIRECTORY_USER_NOT_FOUND: "Das Konto ist im Verzeichnis nicht mehr vorhanden.",
    account_locked:
      "Das Konto ist nach zu vielen falschen Passwörtern gesperrt. Wenn Ihre Organisation es zulässt, können Sie das Konto über das Portal selbst entsperren.",
    policy_group_missing:
      "Eine Gruppe in den Self-Service-Regeln Ihrer Organisation ist zurzeit nicht zu finden.",
    not_in_policy: "Ihre Organisation hat Self-Service für das Konto nicht aktiviert.",
    unlock_off: "Ihre Organisation bietet das Entsperren ohne neues Passwort nicht an.",
    too_few_methods: "Für das Konto sind nicht genügend Bestätigungsmethoden vorhanden.",
    number_held: "Die Telefonnummer wurde kürzlich geändert und kann noch nicht verwendet werden.",
    user_gone: "Das Konto ist nicht mehr vorhanden.",
  },
  events: {
    agent_approved: "Ein Agent wurde genehmigt. Er kann jetzt Passwörter setzen und Telefonnummern liefern.",
    agent_revoked:
      "Ein Agent wurde widerrufen. Er setzt keine Passwörter mehr und liefert keine Telefonnummern mehr.",
    agent_locked:
      "Ein Agent wurde gesperrt, weil es eine Kopie von ihm gibt. Widerrufen Sie den Agenten, suchen Sie die Kopie und registrieren Sie den Agenten neu.",
    agent_ahead:
      "Ein Agent wurde abgewiesen, weil er mehr Verbindungen zählt als die Cloud. Möglicherweise rät eine Kopie, oder Redis wurde aus einer Sicherung wiederhergestellt.",
    agent_sessions_swapped:
      "Zwei Programme verwenden abwechselnd die Identität eines Agenten. Eines davon kann eine Kopie sein.",
    key_created: "Ein API-Schlüssel wurde erstellt, der etwas ändern kann.",
    key_revoked: "Ein API-Schlüssel wurde widerrufen, der etwas ändern konnte.",
    settings_changed: "Eine Einstellung, die Ihre Benutzer schützt, wurde geändert.",
    source_removed: "Das Entfernen eines Verzeichnisses mit seinen Benutzern wurde angefordert.",
    audit_broken: "Das Prüfprotokoll ist beschädigt: Ein Eintrag wurde geändert, entfernt oder verschoben.",
    records_sealed: "Alle gespeicherten Datensätze wurden mit einem Befehl neu versiegelt.",
    record_refused:
      "Ein gespeicherter Datensatz wurde abgelehnt, weil er nicht echt ist. Möglicherweise kann jemand in den Speicher schreiben.",
    limit_engaged: "Eine Begrenzung hält jetzt vielen Benutzern etwas vor.",
    names_shared:
      "Eine Synchronisierung brachte viele Benutzernamen, die auch Benutzer eines anderen Ihrer Verzeichnisse haben. Diese Namen finden niemanden, solange mehr als ein Verzeichnis sie hat. Auflisten mit: latchkey user search --ambiguous",
    sign_in_spray: "Jemand rät am Registrierungsportal die Passwörter vieler Benutzer.",
  },
  operations: { reset: "Passwort zurücksetzen", change: "Passwort ändern", unlock: "Konto entsperren" },
  outcomes: {
    applied: "Die Anfrage war erfolgreich.",
    refused: "Die Anfrage wurde abgelehnt. Es wurde nichts geändert.",
    not_applied: "Die Anfrage ist fehlgeschlagen. Es wurde nichts geändert.",
  },
  proven: {
    yes: "Der Benutzer hat seine Identität mit mindestens einer Methode bestätigt.",
    no: "Der Benutzer hat seine Identität NICHT bestätigt. Diese Anfrage kann von jeder beliebigen Person stammen.",
  },
};
