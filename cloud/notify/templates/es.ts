import type { Catalogue } from "./catalogue.ts";

export const es: Catalogue = {
  otp: {
    subject: "Su código para {tenant}",
    before: "Su código es:",
    after: [
      "Vale durante {minutes} minutos y sirve una sola vez. Escríbalo en la página en la que lo pidió.",
      "Nadie le pedirá nunca este código, ni por teléfono ni por correo. Si no lo ha pedido, no se lo dé a nadie.",
    ],
    text: "{tenant}: {otp} es su código. Nadie se lo pedirá nunca.",
    call: {
      intro: "Buenos días. Le llama {tenant} con el código que ha pedido. Su código es:",
      again: "Se lo repito. Su código es:",
      end: "Nadie le pedirá nunca este código. Adiós.",
    },
  },
  notices: {
    password_reset: {
      subject: "Su contraseña se ha restablecido",
      lines: [
        "La contraseña de su cuenta {userName} se ha restablecido y ahora es otra.",
        "Se confirmó con: {method}.",
      ],
      text: "{tenant}: la contraseña de su cuenta se ha restablecido. ¿No ha sido usted? Avise enseguida a su administrador.",
    },
    password_changed: {
      subject: "Su contraseña se ha cambiado",
      lines: ["La contraseña de su cuenta {userName} la ha cambiado alguien que conocía la anterior."],
      text: "{tenant}: la contraseña de su cuenta se ha cambiado. ¿No ha sido usted? Avise enseguida a su administrador.",
    },
    account_unlocked: {
      subject: "Su cuenta se ha desbloqueado",
      lines: [
        "Su cuenta {userName} se ha desbloqueado. La contraseña sigue siendo la misma.",
        "Se confirmó con: {method}.",
      ],
      text: "{tenant}: su cuenta se ha desbloqueado. ¿No ha sido usted? Avise enseguida a su administrador.",
    },
    reset_impossible: {
      subject: "Su contraseña no se puede restablecer aquí",
      lines: [
        "Alguien, probablemente usted, ha querido restablecer la contraseña de la cuenta {userName} o desbloquearla. Aquí no es posible: {reason}",
        "Será posible a partir del {until}.",
        "Su administrador puede ayudarle.",
      ],
      text: "{tenant}: su contraseña no se puede restablecer en el portal. Avise a su administrador.",
    },
    sign_in_impossible: {
      subject: "Nadie puede entrar con su cuenta ahora",
      lines: [
        "Alguien, probablemente usted, ha querido entrar en el portal con la cuenta {userName}. Ahora no es posible: {reason}",
        "Su administrador puede ayudarle.",
      ],
      text: "{tenant}: nadie puede entrar en el portal con su cuenta ahora. Avise a su administrador.",
    },
    self_service_blocked: {
      subject: "El portal está cerrado para su cuenta por ahora",
      lines: [
        "Ha habido demasiados intentos fallidos de restablecer la contraseña de la cuenta {userName}. No se ha cambiado nada. Para protegerle, el portal está cerrado para esta cuenta.",
        "Se abrirá de nuevo el {until}. Su administrador puede abrirlo antes.",
      ],
      text: "{tenant}: demasiados intentos fallidos con su contraseña. No se ha cambiado nada; el portal está cerrado por ahora.",
    },
    method_added: {
      subject: "Se ha añadido una forma de demostrar quién es usted",
      lines: ["A su cuenta {userName} se le ha añadido: {method}."],
      text: "{tenant}: se ha añadido a su cuenta una forma de demostrar quién es. ¿No ha sido usted? Avise a su administrador.",
    },
    method_removed: {
      subject: "Se ha quitado una forma de demostrar quién es usted",
      lines: ["De su cuenta {userName} se ha quitado: {method}."],
      text: "{tenant}: se ha quitado de su cuenta una forma de demostrar quién es. ¿No ha sido usted? Avise a su administrador.",
    },
    number_changed: {
      subject: "Su número de teléfono ha cambiado",
      lines: [
        "Su organización tiene ahora otro número de teléfono para su cuenta {userName}.",
        "Para protegerle, el número nuevo no sirve para restablecer su contraseña antes del {until}.",
      ],
      text: "{tenant}: su cuenta tiene ahora otro número de teléfono. ¿No ha sido usted? Avise enseguida a su administrador.",
    },
    outcome_known: {
      subject: "El resultado de su solicitud",
      lines: [
        "Durante un tiempo no estuvo claro si su solicitud para la cuenta {userName} ({operation}) había funcionado. Ya se sabe: {outcome}",
      ],
      text: "{tenant}: su solicitud: {outcome}",
    },
    admin_privileged_reset: {
      subject: "Una cuenta con privilegios ha usado el portal",
      lines: [
        "La cuenta con privilegios {userName} ha usado el portal: {operation}.",
        "Nombre: {displayName}.",
        "Se confirmó con: {method}.",
        "Si nadie lo espera, trátelo como un incidente: bloquee la cuenta y consulte la auditoría.",
      ],
      text: null,
    },
    admin_contact_request: {
      subject: "Alguien pide su ayuda para volver a entrar",
      lines: [
        "Alguien que ha indicado el nombre de usuario {userName} no consigue volver a entrar y pide su ayuda.",
        "{proven}",
        "Por qué no funcionó: {reason}",
        "Su mensaje: {message}",
        "Llame a la persona a un número que ya conozca, no a uno de este mensaje.",
      ],
      text: null,
    },
    admin_agent_enrolled: {
      subject: "Se ha inscrito un agente nuevo",
      lines: [
        "El agente {agentName} se ha inscrito en el equipo {hostName}. No recibe contraseñas hasta que alguien lo apruebe.",
        "Su huella es {fingerprint}. Compárela con la que mostró el agente antes de aprobarlo.",
        "Si nadie ha instalado un agente, revóquelo enseguida.",
      ],
      text: null,
    },
    admin_brake_engaged: {
      subject: "Un agente se ha detenido: demasiados cambios de contraseña",
      lines: [
        "El freno del agente {agentName} lo ha detenido: hubo demasiados cambios de contraseña en poco tiempo.",
        "Averigüe por qué. Si todo está bien, suelte el freno en el equipo del agente.",
      ],
      text: null,
    },
    admin_breaker_opened: {
      subject: "El portal se ha limitado: indicios de abuso",
      lines: [
        "De {sent} SMS y llamadas de la última hora, solo {verified} acabaron en una prueba. Quizá alguien esté inflando su factura: los SMS y las llamadas quedan suspendidos una hora.",
        "En la última hora hubo {failed} códigos erróneos. Quizá alguien esté probando al azar: por ahora todos necesitan dos pruebas.",
        "Las demás formas de demostrar quién se es siguen funcionando.",
      ],
      text: null,
    },
    admin_policy_changed: {
      subject: "La política del portal ha cambiado",
      lines: [
        "Se ha aplicado la versión {version} de la política.",
        "La ha aplicado {by}.",
        "Qué ha cambiado: {summary}",
        "Si nadie lo espera, consulte la auditoría.",
      ],
      text: null,
    },
    admin_deletes_held: {
      subject: "Hay eliminaciones que esperan su aprobación",
      lines: [
        "La sincronización con el directorio eliminaría a {count} personas. Son más de lo habitual, así que no se ha eliminado a nadie.",
        "Revise la lista y apruébela o descártela.",
      ],
      text: null,
    },
    admin_numbers_changed: {
      subject: "Han cambiado muchos números de teléfono a la vez",
      lines: [
        "El directorio ha dado otro número de móvil a {count} personas en una sola sincronización. Para no alarmar a nadie sin necesidad, no se les ha avisado una por una.",
        "Si nadie lo esperaba, trátelo como un incidente: un número decide quién puede restablecer una contraseña.",
        "Hasta que termine el plazo de espera de la política, los números nuevos no se pueden usar para eso.",
      ],
      text: null,
    },
  },
  greeting: "Hola, {displayName}:",
  plainGreeting: "Hola:",
  notYou: "¿No ha sido usted? Avise enseguida a su administrador.",
  time: "Fecha: {time}",
  reference: "Referencia: {reference}",
  automatic:
    "{tenant} ha enviado este correo automáticamente. No contiene enlaces y nunca pide contraseñas ni códigos.",
  methods: {
    text: "SMS a su número de móvil",
    call: "llamada a su número de móvil",
    office_call: "llamada a su teléfono de la oficina",
    email: "correo electrónico",
    authenticator: "aplicación de autenticación",
    recovery_code: "códigos de recuperación",
    questions: "preguntas de seguridad",
  },
  reasons: {
    ACCOUNT_PROTECTED: "la cuenta tiene una protección especial.",
    ACCOUNT_DISABLED: "la cuenta está desactivada.",
    ACCOUNT_EXPIRED: "la cuenta ha caducado.",
    ACCOUNT_OUT_OF_SCOPE: "la cuenta no es de las que pueden usar el portal.",
    ACCOUNT_DENIED: "su organización ha excluido la cuenta del portal.",
    DIRECTORY_USER_NOT_FOUND: "la cuenta ya no está en el directorio.",
    account_locked:
      "la cuenta está bloqueada por demasiadas contraseñas erróneas. Si su organización lo ofrece, puede desbloquearla usted en el portal.",
    not_in_policy: "su organización no ha abierto el portal para la cuenta.",
    unlock_off: "su organización no ofrece desbloquear sin una contraseña nueva.",
    too_few_methods: "no hay suficientes formas registradas de demostrar quién es usted.",
    number_held: "el número de teléfono ha cambiado hace poco y todavía no cuenta.",
    user_gone: "la cuenta ya no existe.",
  },
  operations: { reset: "contraseña nueva", change: "cambio de contraseña", unlock: "desbloqueo" },
  outcomes: {
    applied: "ha funcionado.",
    refused: "se ha rechazado; no se ha cambiado nada.",
    not_applied: "no ha funcionado; no se ha cambiado nada.",
  },
  proven: {
    yes: "La persona ha demostrado una vez quién es.",
    no: "La persona NO ha demostrado quién es: cualquiera puede haber enviado esto.",
  },
};
