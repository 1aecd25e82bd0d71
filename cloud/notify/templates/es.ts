import type { Catalogue } from "./catalogue.ts";

export const es: Catalogue = {
  otp: {
    subject: "Su código de verificación para {tenant}",
    before: "Su código de verificación es:",
    after: [
      "Este código caduca en {minutes} minutos y solo se puede usar una vez. Introdúzcalo en la página en la que lo solicitó.",
      "No comparta este código con nadie. Nunca se lo pediremos por teléfono ni por correo electrónico. Si no ha solicitado ningún código, ignore este mensaje.",
    ],
    text: "{tenant}: {otp} es su código de verificación. No lo comparta con nadie.",
    call: {
      ask: "Hola. Le llama {tenant}. Para oír el código de verificación que ha solicitado, pulse cualquier tecla.",
      intro: "Su código es:",
      again: "Se lo repito. Su código es:",
      end: "No comparta este código con nadie. Adiós.",
    },
  },
  test: {
    subject: "Mensaje de prueba",
    line: "{tenant}: este es un mensaje de prueba de la recuperación de cuentas. No tiene que hacer nada.",
    ask: "Hola. Esta es una llamada de prueba de {tenant}. Para escuchar el mensaje de prueba, pulse cualquier tecla.",
  },
  notices: {
    password_reset: {
      subject: "Su contraseña se ha restablecido",
      lines: [
        "La contraseña de su cuenta {userName} se ha restablecido. Se ha establecido una contraseña nueva.",
        "Verificado con: {method}.",
        "Métodos de verificación configurados o confirmados en los últimos 30 días: {recent}. Si alguno no es suyo, póngase en contacto con su administrador de inmediato.",
      ],
      text: "{tenant}: la contraseña de su cuenta se ha restablecido. Si no ha sido usted, contacte con su administrador de inmediato.",
    },
    password_changed: {
      subject: "Su contraseña se ha cambiado",
      lines: [
        "La contraseña de su cuenta {userName} la ha cambiado una persona que conocía la contraseña anterior.",
      ],
      text: "{tenant}: la contraseña de su cuenta se ha cambiado. Si no ha sido usted, contacte con su administrador de inmediato.",
    },
    account_unlocked: {
      subject: "Su cuenta se ha desbloqueado",
      lines: [
        "Su cuenta {userName} se ha desbloqueado. La contraseña no se ha cambiado.",
        "Verificado con: {method}.",
        "Métodos de verificación configurados o confirmados en los últimos 30 días: {recent}. Si alguno no es suyo, póngase en contacto con su administrador de inmediato.",
      ],
      text: "{tenant}: su cuenta se ha desbloqueado. Si no ha sido usted, contacte con su administrador de inmediato.",
    },
    reset_impossible: {
      subject: "No se ha podido restablecer su contraseña",
      lines: [
        "Alguien, probablemente usted, ha intentado restablecer la contraseña de la cuenta {userName} o desbloquear la cuenta. No ha sido posible: {reason}",
        "Puede intentarlo de nuevo a partir del {until}.",
        "Póngase en contacto con su administrador para obtener ayuda.",
      ],
      text: "{tenant}: su contraseña no se puede restablecer en el portal. Póngase en contacto con su administrador.",
    },
    sign_in_impossible: {
      subject: "No puede iniciar sesión con su cuenta",
      lines: [
        "Alguien, probablemente usted, ha intentado iniciar sesión en el portal con la cuenta {userName}. No ha sido posible: {reason}",
        "Póngase en contacto con su administrador para obtener ayuda.",
      ],
      text: "{tenant}: no puede iniciar sesión en el portal con su cuenta. Póngase en contacto con su administrador.",
    },
    self_service_blocked: {
      subject: "El restablecimiento de su contraseña está bloqueado temporalmente",
      lines: [
        "Ha habido demasiados intentos fallidos de restablecer la contraseña de la cuenta {userName}. No se ha cambiado nada. Para proteger su cuenta, el restablecimiento de la contraseña en el portal está bloqueado temporalmente.",
        "Puede intentarlo de nuevo a partir del {until}. Su administrador puede desbloquearlo antes.",
      ],
      text: "{tenant}: demasiados intentos fallidos de restablecer su contraseña. No se ha cambiado nada. Está bloqueado temporalmente.",
    },
    method_added: {
      subject: "Se ha añadido o confirmado un método de verificación",
      lines: ["Se ha añadido o confirmado este método de verificación para su cuenta {userName}: {method}."],
      text: "{tenant}: se ha añadido o confirmado un método de verificación en su cuenta. Si no ha sido usted, contacte con su administrador ya.",
    },
    method_removed: {
      subject: "Se ha quitado un método de verificación",
      lines: ["Se ha quitado este método de verificación de su cuenta {userName}: {method}."],
      text: "{tenant}: se ha quitado un método de verificación de su cuenta. Si no ha sido usted, contacte con su administrador de inmediato.",
    },
    method_waits: {
      subject: "Se ha añadido un método de verificación que aún no cuenta",
      lines: [
        "Se ha añadido este método de verificación a su cuenta {userName}: {method}.",
        "Lo ha añadido alguien que conoce su contraseña y no ha demostrado nada más. Para proteger su cuenta, no se podrá restablecer su contraseña con él antes del {until}.",
      ],
      text: "{tenant}: se ha añadido un método de verificación solo con la contraseña. Si no ha sido usted, contacte con su administrador de inmediato.",
    },
    method_removal_waits: {
      subject: "Se quitará un método de verificación",
      lines: [
        "Alguien ha pedido quitar este método de verificación de su cuenta {userName}: {method}.",
        "Esa persona conoce su contraseña y no ha demostrado nada más. Para proteger su cuenta, el método no se quitará hasta el {until}. Si no ha sido usted, contacte antes con su administrador.",
      ],
      text: "{tenant}: piden quitar un método de verificación solo con la contraseña. Si no ha sido usted, contacte con su administrador de inmediato.",
    },
    number_changed: {
      subject: "Sus datos de contacto se han cambiado",
      lines: [
        "En su organización constan ahora otros datos de contacto para su cuenta {userName}: {changed}.",
        "Para proteger su cuenta, no podrá restablecer su contraseña con los nuevos datos antes del {until}.",
      ],
      text: "{tenant}: los datos de contacto de su cuenta han cambiado. Si no ha sido usted, contacte con su administrador de inmediato.",
    },
    outcome_known: {
      subject: "Resultado de su solicitud",
      lines: [
        "Al principio no pudimos confirmar el resultado de su solicitud para la cuenta {userName} ({operation}). Ya conocemos el resultado: {outcome}",
      ],
      text: "{tenant}: resultado de su solicitud: {outcome}",
    },
    admin_privileged_reset: {
      subject: "Una cuenta con privilegios ha usado el autoservicio",
      lines: [
        "La cuenta con privilegios {userName} ha usado el autoservicio: {operation}.",
        "Nombre: {displayName}.",
        "Verificado con: {method}.",
        "Si no lo esperaba, trátelo como un incidente de seguridad: bloquee la cuenta y consulte el registro de auditoría.",
      ],
      text: null,
    },
    admin_contact_request: {
      subject: "Un usuario pide ayuda con una cuenta",
      lines: [
        "Un usuario que ha introducido el nombre de usuario {userName} no puede acceder a la cuenta y solicita su ayuda.",
        "{proven}",
        "Motivo: {reason}",
        "Mensaje: {message}",
        "Devuelva la llamada al usuario a un número que usted ya conozca, no a un número de este mensaje.",
      ],
      text: null,
    },
    admin_agent_enrolled: {
      subject: "Se ha inscrito un agente nuevo",
      lines: [
        "El agente {agentName} se ha inscrito en el host {hostName}. No recibirá contraseñas hasta que un administrador lo apruebe.",
        "Su huella digital es {fingerprint}. Antes de aprobar el agente, compárela con la huella digital que ha mostrado el agente.",
        "Si no esperaba un agente nuevo, revóquelo de inmediato.",
      ],
      text: null,
    },
    admin_security_event: {
      subject: "Ha ocurrido algo que afecta a la seguridad",
      lines: [
        "{event}",
        "Detalles: {summary}.",
        "Causado por: {by}.",
        "Si no lo esperaba, trátelo como un incidente de seguridad. El registro de auditoría contiene todos estos sucesos; el número de correos sobre ellos es limitado.",
      ],
      text: null,
    },
    admin_brake_engaged: {
      subject: "Un agente se ha detenido: demasiados cambios de contraseña",
      lines: [
        "El freno del agente {agentName} ha detenido todos los cambios de contraseña: ha habido demasiados en poco tiempo.",
        "Averigüe la causa. Si los cambios eran legítimos, suelte el freno en el host del agente.",
      ],
      text: null,
    },
    admin_other_directory: {
      subject: "Un agente atiende otro directorio",
      lines: [
        "El agente {agentName} lee el directorio {directory}, que no es el de su origen. No sincroniza a nadie y no recibe contraseñas.",
        "Corrija los servidores en la configuración del agente. Si el directorio se ha sustituido a propósito, inscriba un agente nuevo para él.",
      ],
      text: null,
    },
    admin_breaker_opened: {
      subject: "El autoservicio se ha restringido: indicios de abuso",
      lines: [
        "De {sent} SMS y llamadas de la última hora, solo {verified} han dado lugar a una verificación correcta. Es posible que alguien esté intentando aumentar su factura, por lo que los usuarios que nunca se han verificado no recibirán SMS ni llamadas durante una hora. Un administrador puede levantarlo con «latchkey limits lift unused_codes».",
        "En la última hora se han introducido códigos incorrectos para al menos {failed} nombres de usuario, desde muchas redes. Es posible que alguien esté intentando adivinar códigos, por lo que un restablecimiento necesita ahora dos métodos de verificación. Los usuarios con un solo método esperan dos minutos más.",
        "Los demás métodos de verificación siguen funcionando.",
      ],
      text: null,
    },
    admin_policy_changed: {
      subject: "La directiva de autoservicio se ha cambiado",
      lines: [
        "Se ha aplicado la versión {version} de la directiva.",
        "Aplicada por: {by}.",
        "Cambios: {summary}",
        "Si no lo esperaba, consulte el registro de auditoría.",
      ],
      text: null,
    },
    admin_deletes_held: {
      subject: "Hay eliminaciones pendientes de su aprobación",
      lines: [
        "La sincronización del directorio eliminaría {count} usuarios. Son más de lo habitual, por lo que no se ha eliminado ningún usuario.",
        "Revise la lista y apruebe o descarte las eliminaciones.",
      ],
      text: null,
    },
    admin_numbers_changed: {
      subject: "Muchos números o direcciones han cambiado a la vez",
      lines: [
        "En una sincronización del directorio han cambiado los números de teléfono o los correos alternativos de {count} usuarios. Cada uno de estos usuarios recibe un aviso en los datos anteriores.",
        "Si no lo esperaba, trátelo como un incidente de seguridad: con un número o una dirección se puede restablecer una contraseña.",
        "Los nuevos datos no se pueden usar para restablecer una contraseña hasta que termine el plazo de espera de la directiva.",
      ],
      text: null,
    },
  },
  greeting: "Hola, {displayName}:",
  plainGreeting: "Hola:",
  notYou: "Si no ha sido usted, póngase en contacto con su administrador de inmediato.",
  notYouTell: "Si no ha sido usted, póngase en contacto con su administrador de inmediato: {contact}.",
  time: "Fecha y hora: {time}",
  reference: "Referencia: {reference}",
  automatic:
    "{tenant} ha enviado este mensaje automáticamente. No contiene enlaces y nunca pide una contraseña ni un código.",
  methods: {
    text: "SMS al teléfono móvil",
    call: "llamada al teléfono móvil",
    office_call: "llamada al teléfono de la oficina",
    email: "correo a la dirección alternativa",
    authenticator: "aplicación de autenticación",
    recovery_code: "códigos de recuperación",
    questions: "preguntas de seguridad",
  },
  destinations: {
    mobile: "número de móvil",
    officePhone: "número de la oficina",
    alternateEmail: "correo alternativo",
  },
  reasons: {
    ACCOUNT_PROTECTED: "es una cuenta con privilegios.",
    ACCOUNT_DISABLED: "la cuenta está deshabilitada.",
    ACCOUNT_EXPIRED: "la cuenta ha caducado.",
    ACCOUNT_STATE_UNREADABLE: "no se puede saber si la cuenta está activa.",
    ACCOUNT_OUT_OF_SCOPE: "el autoservicio no está disponible para esta cuenta.",
    ACCOUNT_DENIED: "su organización ha excluido la cuenta del autoservicio.",
    PROTECTION_UNKNOWN:
      "el servidor de su organización no puede determinar en este momento si la cuenta puede usar el autoservicio.",
    DIRECTORY_USER_NOT_FOUND: "la cuenta ya no existe en el directorio.",
    account_locked:
      "la cuenta está bloqueada tras demasiadas contraseñas incorrectas. Si su organización lo permite, puede desbloquear la cuenta usted mismo en el portal.",
    policy_group_missing:
      "en este momento no se encuentra un grupo de las reglas de autoservicio de su organización.",
    not_in_policy: "su organización no ha habilitado el autoservicio para la cuenta.",
    unlock_off: "su organización no ofrece el desbloqueo sin una contraseña nueva.",
    too_few_methods: "la cuenta no tiene suficientes métodos de verificación.",
    number_held: "el número de teléfono se ha cambiado hace poco y todavía no se puede usar.",
    user_gone: "la cuenta ya no existe.",
  },
  events: {
    agent_approved:
      "Se ha aprobado un agente. Ahora puede establecer contraseñas y proporcionar números de teléfono.",
    agent_revoked:
      "Se ha revocado un agente. Ya no establece contraseñas ni proporciona números de teléfono.",
    agent_locked:
      "Se ha bloqueado un agente porque existe una copia. Revoque el agente, busque la copia y vuelva a inscribir el agente.",
    agent_ahead:
      "Se ha rechazado un agente porque cuenta más conexiones que la nube. Puede que una copia esté adivinando, o que Redis se haya restaurado de una copia de seguridad.",
    agent_sessions_swapped:
      "Dos programas usan por turnos la identidad de un mismo agente. Uno de ellos puede ser una copia.",
    key_created: "Se ha creado una clave de API que permite hacer cambios.",
    key_revoked: "Se ha revocado una clave de API que permitía hacer cambios.",
    settings_changed: "Se ha cambiado un ajuste que protege a sus usuarios.",
    source_removed: "Se ha solicitado eliminar un directorio y sus usuarios.",
    audit_broken: "El registro de auditoría está dañado: se ha modificado, eliminado o movido una entrada.",
    records_sealed: "Todos los registros almacenados se han vuelto a sellar con un comando.",
    record_refused:
      "Se ha rechazado un registro almacenado porque no es auténtico. Puede que alguien pueda escribir en el almacén.",
    limit_engaged: "Un límite impide ahora algo a muchos usuarios.",
    names_shared:
      "Una sincronización trajo muchos nombres de usuario que también tienen usuarios de otro de sus directorios. Estos nombres no encuentran a nadie mientras los tenga más de un directorio. Para verlos: latchkey user search --ambiguous",
    sign_in_spray: "Alguien está adivinando las contraseñas de muchos usuarios en el portal de registro.",
  },
  operations: {
    reset: "restablecimiento de la contraseña",
    change: "cambio de contraseña",
    unlock: "desbloqueo de la cuenta",
  },
  outcomes: {
    applied: "la solicitud se ha completado correctamente.",
    refused: "la solicitud se ha rechazado. No se ha cambiado nada.",
    not_applied: "la solicitud ha fallado. No se ha cambiado nada.",
  },
  proven: {
    yes: "El usuario ha verificado su identidad con al menos un método.",
    no: "El usuario NO ha verificado su identidad. Cualquiera puede haber enviado esta solicitud.",
  },
};
