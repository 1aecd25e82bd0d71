import type { Catalogue } from "./catalogue.ts";

export const de: Catalogue = {
  otp: {
    subject: "Ihr Code für {tenant}",
    before: "Ihr Code lautet:",
    after: [
      "Er gilt {minutes} Minuten und nur einmal. Geben Sie ihn auf der Seite ein, auf der Sie ihn angefordert haben.",
      "Niemand wird Sie jemals nach diesem Code fragen, weder am Telefon noch per E-Mail. Haben Sie keinen Code angefordert, geben Sie ihn niemandem.",
    ],
    text: "{tenant}: {otp} ist Ihr Code. Niemand wird Sie jemals danach fragen.",
    call: {
      intro: "Guten Tag. Hier ist {tenant} mit dem Code, den Sie angefordert haben. Ihr Code lautet:",
      again: "Noch einmal. Ihr Code lautet:",
      end: "Niemand wird Sie jemals nach diesem Code fragen. Auf Wiederhören.",
    },
  },
  notices: {
    password_reset: {
      subject: "Ihr Passwort wurde zurückgesetzt",
      lines: [
        "Das Passwort Ihres Kontos {userName} wurde zurückgesetzt und ein neues gesetzt.",
        "Bestätigt wurde das mit: {method}.",
      ],
      text: "{tenant}: Das Passwort Ihres Kontos wurde zurückgesetzt. Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator.",
    },
    password_changed: {
      subject: "Ihr Passwort wurde geändert",
      lines: ["Das Passwort Ihres Kontos {userName} wurde von jemandem geändert, der das alte kannte."],
      text: "{tenant}: Das Passwort Ihres Kontos wurde geändert. Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator.",
    },
    account_unlocked: {
      subject: "Ihr Konto wurde entsperrt",
      lines: [
        "Ihr Konto {userName} wurde entsperrt. Das Passwort ist dasselbe geblieben.",
        "Bestätigt wurde das mit: {method}.",
      ],
      text: "{tenant}: Ihr Konto wurde entsperrt. Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator.",
    },
    reset_impossible: {
      subject: "Ihr Passwort kann hier nicht zurückgesetzt werden",
      lines: [
        "Jemand, wahrscheinlich Sie selbst, wollte das Passwort des Kontos {userName} zurücksetzen oder das Konto entsperren. Das ist hier nicht möglich: {reason}",
        "Möglich ist es ab: {until}.",
        "Ihr Administrator kann Ihnen helfen.",
      ],
      text: "{tenant}: Ihr Passwort kann im Portal nicht zurückgesetzt werden. Bitte wenden Sie sich an Ihren Administrator.",
    },
    sign_in_impossible: {
      subject: "Mit Ihrem Konto kann sich zurzeit niemand anmelden",
      lines: [
        "Jemand, wahrscheinlich Sie selbst, wollte sich mit dem Konto {userName} im Portal anmelden. Das ist zurzeit nicht möglich: {reason}",
        "Ihr Administrator kann Ihnen helfen.",
      ],
      text: "{tenant}: Mit Ihrem Konto kann sich im Portal zurzeit niemand anmelden. Bitte wenden Sie sich an Ihren Administrator.",
    },
    self_service_blocked: {
      subject: "Das Portal ist für Ihr Konto vorerst geschlossen",
      lines: [
        "Es gab zu viele falsche Versuche, das Passwort des Kontos {userName} zurückzusetzen. Geändert wurde nichts. Zu Ihrem Schutz ist das Portal für dieses Konto geschlossen.",
        "Es öffnet wieder: {until}. Ihr Administrator kann es früher öffnen.",
      ],
      text: "{tenant}: Zu viele falsche Versuche für Ihr Passwort. Geändert wurde nichts; das Portal ist vorerst geschlossen.",
    },
    method_added: {
      subject: "Ein Weg, sich auszuweisen, wurde hinzugefügt",
      lines: ["Ihrem Konto {userName} wurde hinzugefügt: {method}."],
      text: "{tenant}: Ihrem Konto wurde ein Weg hinzugefügt, sich auszuweisen. Waren Sie das nicht? Rufen Sie sofort Ihren Administrator an.",
    },
    method_removed: {
      subject: "Ein Weg, sich auszuweisen, wurde entfernt",
      lines: ["Von Ihrem Konto {userName} wurde entfernt: {method}."],
      text: "{tenant}: Von Ihrem Konto wurde ein Weg entfernt, sich auszuweisen. Waren Sie das nicht? Rufen Sie sofort Ihren Administrator an.",
    },
    number_changed: {
      subject: "Ihre Telefonnummer wurde geändert",
      lines: [
        "Ihre Organisation hat für Ihr Konto {userName} jetzt eine andere Telefonnummer.",
        "Zu Ihrem Schutz kann das Passwort mit der neuen Nummer noch nicht zurückgesetzt werden, sondern erst ab: {until}.",
      ],
      text: "{tenant}: Ihr Konto hat jetzt eine andere Telefonnummer. Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator.",
    },
    outcome_known: {
      subject: "Das Ergebnis Ihrer Anfrage",
      lines: [
        "Eine Zeit lang war unklar, ob Ihre Anfrage für das Konto {userName} ({operation}) gelungen ist. Jetzt steht es fest: {outcome}",
      ],
      text: "{tenant}: Ihre Anfrage: {outcome}",
    },
    admin_privileged_reset: {
      subject: "Ein privilegiertes Konto hat das Portal benutzt",
      lines: [
        "Das privilegierte Konto {userName} hat das Portal benutzt: {operation}.",
        "Name: {displayName}.",
        "Bestätigt wurde das mit: {method}.",
        "Rechnet niemand damit, behandeln Sie es als Vorfall: Sperren Sie das Konto und sehen Sie ins Audit.",
      ],
      text: null,
    },
    admin_contact_request: {
      subject: "Jemand bittet Sie um Hilfe bei der Anmeldung",
      lines: [
        "Jemand, der den Benutzernamen {userName} angegeben hat, kommt allein nicht mehr hinein und bittet Sie um Hilfe.",
        "{proven}",
        "Warum es nicht ging: {reason}",
        "Die Nachricht: {message}",
        "Rufen Sie die Person unter einer Nummer zurück, die Sie schon kennen, nicht unter einer aus dieser Nachricht.",
      ],
      text: null,
    },
    admin_agent_enrolled: {
      subject: "Ein neuer Agent wurde angemeldet",
      lines: [
        "Der Agent {agentName} wurde auf dem Host {hostName} angemeldet. Er bekommt keine Passwörter, bevor ihn jemand freigibt.",
        "Sein Fingerabdruck ist {fingerprint}. Vergleichen Sie ihn mit der Ausgabe des Agenten, bevor Sie ihn freigeben.",
        "Hat niemand einen Agenten eingerichtet, widerrufen Sie ihn sofort.",
      ],
      text: null,
    },
    admin_brake_engaged: {
      subject: "Ein Agent hat angehalten: zu viele Passwortänderungen",
      lines: [
        "Die Bremse des Agenten {agentName} hat ihn angehalten: Es gab zu viele Passwortänderungen in kurzer Zeit.",
        "Finden Sie heraus, warum. Ist alles in Ordnung, lösen Sie die Bremse auf dem Host des Agenten.",
      ],
      text: null,
    },
    admin_breaker_opened: {
      subject: "Das Portal wurde eingeschränkt: Anzeichen von Missbrauch",
      lines: [
        "Von {sent} SMS und Anrufen der letzten Stunde führten nur {verified} zu einem Nachweis. Vielleicht treibt jemand Ihre Rechnung hoch: SMS und Anrufe sind für eine Stunde eingestellt.",
        "In der letzten Stunde waren {failed} Codes falsch. Vielleicht rät jemand: Vorerst braucht jeder zwei Nachweise.",
        "Andere Wege, sich auszuweisen, gehen weiter.",
      ],
      text: null,
    },
    admin_policy_changed: {
      subject: "Die Richtlinie des Portals wurde geändert",
      lines: [
        "Version {version} der Richtlinie wurde angewendet.",
        "Angewendet von {by}.",
        "Was sich geändert hat: {summary}",
        "Rechnet niemand damit, sehen Sie ins Audit.",
      ],
      text: null,
    },
    admin_deletes_held: {
      subject: "Löschungen warten auf Ihre Freigabe",
      lines: [
        "Der Abgleich mit dem Verzeichnis würde {count} Personen löschen. Das sind mehr als üblich, deshalb wurde niemand gelöscht.",
        "Sehen Sie die Liste durch und geben Sie sie frei oder verwerfen Sie sie.",
      ],
      text: null,
    },
    admin_numbers_changed: {
      subject: "Viele Telefonnummern auf einmal geändert",
      lines: [
        "Das Verzeichnis hat {count} Personen in einem Abgleich eine andere Mobilnummer gegeben. Um niemanden unnötig zu beunruhigen, wurden sie nicht einzeln benachrichtigt.",
        "Wenn das niemand erwartet, behandeln Sie es als Sicherheitsvorfall: Eine Nummer entscheidet, wer ein Passwort zurücksetzen kann.",
        "Bis die Wartezeit der Richtlinie vorbei ist, können die neuen Nummern dafür nicht verwendet werden.",
      ],
      text: null,
    },
  },
  greeting: "Guten Tag {displayName},",
  plainGreeting: "Guten Tag,",
  notYou: "Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator.",
  time: "Zeitpunkt: {time}",
  reference: "Referenz: {reference}",
  automatic:
    "{tenant} hat diese E-Mail automatisch verschickt. Sie enthält keine Links und fragt nie nach einem Passwort oder Code.",
  methods: {
    text: "SMS an Ihre Mobilnummer",
    call: "Anruf an Ihre Mobilnummer",
    office_call: "Anruf an Ihr Bürotelefon",
    email: "E-Mail",
    authenticator: "Authenticator-App",
    recovery_code: "Wiederherstellungscodes",
    questions: "Sicherheitsfragen",
  },
  reasons: {
    ACCOUNT_PROTECTED: "Das Konto ist besonders geschützt.",
    ACCOUNT_DISABLED: "Das Konto ist deaktiviert.",
    ACCOUNT_EXPIRED: "Das Konto ist abgelaufen.",
    ACCOUNT_OUT_OF_SCOPE: "Das Konto gehört nicht zu denen, für die das Portal da ist.",
    ACCOUNT_DENIED: "Ihre Organisation hat das Konto vom Portal ausgenommen.",
    DIRECTORY_USER_NOT_FOUND: "Das Konto steht nicht mehr im Verzeichnis.",
    account_locked:
      "Das Konto ist nach zu vielen falschen Passwörtern gesperrt. Wo Ihre Organisation es anbietet, können Sie es im Portal selbst entsperren.",
    not_in_policy: "Ihre Organisation hat das Portal für das Konto nicht freigegeben.",
    unlock_off: "Ihre Organisation bietet das Entsperren ohne neues Passwort nicht an.",
    too_few_methods: "Es sind zu wenige Wege hinterlegt, sich auszuweisen.",
    number_held: "Die Telefonnummer wurde vor Kurzem geändert und zählt noch nicht.",
    user_gone: "Das Konto gibt es nicht mehr.",
  },
  operations: { reset: "neues Passwort", change: "Passwortänderung", unlock: "Entsperrung" },
  outcomes: {
    applied: "Sie ist gelungen.",
    refused: "Sie wurde abgelehnt; geändert wurde nichts.",
    not_applied: "Sie ist nicht gelungen; geändert wurde nichts.",
  },
  proven: {
    yes: "Die Person hat sich einmal ausgewiesen.",
    no: "Die Person hat sich NICHT ausgewiesen: Jeder kann das geschickt haben.",
  },
};
