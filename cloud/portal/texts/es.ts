/** Spanish texts of the reset portal, and of the pages that both portals share. */
import type { Texts } from "./texts.ts";

const refusals: Texts["refusals"] = {
  ACCOUNT_PROTECTED:
    "Esta es una cuenta con privilegios y no se puede administrar aquí. Póngase en contacto con su administrador.",
  ACCOUNT_DISABLED: "Esta cuenta está deshabilitada. Pida a su administrador que la habilite.",
  ACCOUNT_EXPIRED: "Esta cuenta ha caducado. Pida a su administrador que la prorrogue.",
  ACCOUNT_STATE_UNREADABLE: "No se puede saber si esta cuenta está activa. Consulte a su administrador.",
  ACCOUNT_OUT_OF_SCOPE: "Esta cuenta no se puede administrar aquí. Póngase en contacto con su administrador.",
  ACCOUNT_DENIED: "Esta cuenta no se puede administrar aquí. Póngase en contacto con su administrador.",
  PROTECTION_UNKNOWN:
    "Esta cuenta no se puede administrar aquí en este momento. Póngase en contacto con su administrador.",
  TOO_MANY_WRITES:
    "Ha probado demasiadas contraseñas nuevas en poco tiempo. Espere 15 minutos y elija una contraseña que cumpla las reglas.",
  BRAKE_ENGAGED:
    "Se han restablecido demasiadas contraseñas en poco tiempo, por lo que los restablecimientos están en pausa. Inténtelo de nuevo más tarde.",
  WRITEBACK_DISABLED:
    "En este momento no se pueden cambiar contraseñas aquí. Póngase en contacto con su administrador.",
  JOB_SIGNATURE_INVALID:
    "El servidor de su organización no ha aceptado la solicitud. Póngase en contacto con su administrador.",
  SEAL_INVALID: "No se ha podido descifrar su contraseña. Introdúzcala de nuevo.",
  PASSWORD_BANNED: "Esta contraseña es demasiado fácil de adivinar. Elija otra contraseña.",
  PASSWORD_OWN_NAME: "Esta contraseña es poco más que su nombre. Elija una contraseña sin su nombre.",
  PASSWORD_BREACHED:
    "Esta contraseña ha aparecido en una filtración de datos. Elija una contraseña que no utilice en ningún otro sitio.",
  PASSWORD_EMPTY: "Introduzca una contraseña.",
  PASSWORD_TOO_SHORT: "Esta contraseña es demasiado corta. Elija una contraseña más larga.",
  PASSWORD_TOO_LONG: "Esta contraseña es demasiado larga. Elija una contraseña más corta.",
  PASSWORD_COMPLEXITY:
    "Esta contraseña no es lo bastante compleja o contiene su nombre. Utilice mayúsculas, minúsculas, números y símbolos, y no incluya su nombre.",
  PASSWORD_IN_HISTORY: "Ya ha utilizado esta contraseña. Elija una contraseña nueva.",
  PASSWORD_TOO_YOUNG:
    "Su contraseña se ha cambiado hace poco y todavía no se puede volver a cambiar. Inténtelo de nuevo más tarde.",
  PASSWORD_POLICY:
    "Esta contraseña no cumple los requisitos de su organización. Elija una contraseña más larga, con más tipos de caracteres, que no haya utilizado antes.",
  PASSWORD_CHANGE_FORBIDDEN:
    "La contraseña de esta cuenta no se puede cambiar aquí. Póngase en contacto con su administrador.",
  OLD_PASSWORD_WRONG: "Su contraseña actual no es correcta. Introdúzcala de nuevo.",
  DIRECTORY_ACCESS_DENIED:
    "El servidor de su organización no tiene permiso para cambiar esta contraseña. Póngase en contacto con su administrador.",
  DIRECTORY_UNSUPPORTED:
    "El servidor de su organización no admite esta operación. Póngase en contacto con su administrador.",
  DIRECTORY_REFERRAL:
    "El servidor de su organización no ha podido completar la solicitud. Póngase en contacto con su administrador.",
  DIRECTORY_ERROR:
    "El servidor de su organización ha notificado un error. Inténtelo de nuevo más tarde o póngase en contacto con su administrador.",
  DIRECTORY_USER_NOT_FOUND: "Esta cuenta ya no existe. Póngase en contacto con su administrador.",
  VERDICT_UNKNOWN:
    "El servidor de su organización no ha confirmado el cambio. Intente iniciar sesión con su nueva contraseña. Si no funciona, inténtelo de nuevo.",
  NOT_APPLIED: "No se ha cambiado nada. Inténtelo de nuevo.",
  AGENT_OFFLINE:
    "En este momento no se puede acceder al servidor de su organización. Inténtelo de nuevo dentro de unos minutos.",
  JOB_EXPIRED:
    "El servidor de su organización no ha respondido a tiempo. No se ha cambiado nada. Inténtelo de nuevo.",
  JOB_CANCELLED: "La solicitud se ha cancelado. No se ha cambiado nada. Inténtelo de nuevo.",
  JOB_SUPERSEDED: "Una solicitud más reciente ha sustituido a esta, que no ha cambiado nada.",
  QUEUE_FULL:
    "En este momento hay demasiadas personas utilizando este servicio. No se ha cambiado nada. Inténtelo de nuevo dentro de un minuto.",
  TIMEOUT: "Se ha agotado el tiempo de espera. Inténtelo de nuevo.",
  NOT_SEALED_TO_AGENT:
    "El servidor de su organización se ha sustituido mientras esta página estaba abierta. Introduzca la contraseña de nuevo.",
  WRITEBACK_DRAFT_INVALID:
    "Esta página ha estado abierta demasiado tiempo. Introduzca la contraseña de nuevo.",
  RATE_LIMITED: "Demasiados intentos en poco tiempo. Espere un poco e inténtelo de nuevo.",
  STORE_UNAVAILABLE: "El servicio no está disponible temporalmente. Inténtelo de nuevo.",
};

const methods: Texts["methods"] = {
  text: "SMS a mi teléfono móvil",
  call: "Llamada a mi teléfono móvil",
  office_call: "Llamada a mi teléfono de la oficina",
  email: "Correo a mi dirección alternativa",
  authenticator: "Aplicación de autenticación",
  recovery_code: "Código de recuperación",
  questions: "Preguntas de seguridad",
};

export const es: Texts = {
  site: {
    errorPrefix: "Error",
    skip: "Ir al contenido principal",
    languages: "Idioma",
    requestId: (id) => `Referencia para su administrador: ${id}`,
    home: "Volver a la página de inicio",
    step: (step, of) => `Paso ${step} de ${of}`,
  },
  landing: {
    title: "Ayuda con su contraseña",
    lead: "¿Qué desea hacer?",
    forgot: "He olvidado mi contraseña",
    forgotHint: "Verifique su identidad y elija una contraseña nueva",
    locked: "Sé mi contraseña, pero mi cuenta está bloqueada",
    lockedHint: "Desbloquee su cuenta y conserve su contraseña",
    register: "Configurar mis métodos de verificación",
    registerHint:
      "Compruebe sus números de teléfono y añada otros métodos mientras todavía pueda iniciar sesión",
    change: "Cambiar mi contraseña",
    changeHint: "Necesita su contraseña actual",
  },
  start: {
    title: "Recuperar el acceso a su cuenta",
    lead: "Introduzca su nombre de usuario. Después verificará su identidad.",
    userName: "Nombre de usuario",
    userNameHint: "El nombre con el que inicia sesión, por ejemplo nombre@example.com",
    userNameMissing: "Introduzca su nombre de usuario.",
    userNameInvalid:
      "Este nombre de usuario no es válido. Introduzca el nombre con el que inicia sesión, por ejemplo nombre@example.com o EMPRESA\\nombre.",
    next: "Siguiente",
    unavailable: "En este momento no se pueden restablecer contraseñas",
    unavailableHint:
      "No se puede acceder al servidor de su organización. Inténtelo de nuevo dentro de unos minutos.",
  },
  captcha: {
    working: "Comprobando que no es un robot…",
    ready: "Comprobación completada.",
    failed: "La comprobación ha fallado. Responda en su lugar a la pregunta siguiente.",
    question: (a, b) => `¿Cuánto es ${a} más ${b}?`,
    questionHint:
      "Esta pregunta ayuda a bloquear solicitudes automatizadas. Responda con un número o una palabra.",
    numbers: [
      "cero",
      "uno",
      "dos",
      "tres",
      "cuatro",
      "cinco",
      "seis",
      "siete",
      "ocho",
      "nueve",
      "diez",
    ].concat(["once", "doce", "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho"]),
  },
  reason: {
    title: "¿Con qué necesita ayuda?",
    userName: "Nombre de usuario",
    legend: "Elija una opción",
    forgot: "He olvidado mi contraseña",
    forgotHint: "Elija una contraseña nueva",
    locked: "Sé mi contraseña, pero mi cuenta está bloqueada",
    lockedHint: "Desbloquee su cuenta y conserve su contraseña",
    next: "Siguiente",
    cancel: "Cancelar",
  },
  methods,
  choose: {
    title: "Verifique su identidad",
    lead: "Elija cómo desea verificar su identidad.",
    titleSecond: "Verifique su identidad: segundo método",
    leadSecond: "Gracias. Su organización exige un segundo método de verificación distinto.",
    legend: "Elija una opción",
    toNumber: (digits) => `al número que termina en ${digits}`,
    byEmail: "a la dirección de correo electrónico que consta en su organización o a la que usted añadió",
    byApp: "introduzca el código que muestra su aplicación",
    byRecoveryCode: "introduzca uno de los códigos que imprimió o guardó",
    byQuestions: "responda a las preguntas que eligió",
    number: "Número de teléfono completo",
    numberHint: (digits) =>
      `El número termina en ${digits}. Introdúzcalo completo. Los espacios y los signos se ignoran.`,
    next: "Siguiente",
    cannotUseAny: "No puedo usar ninguno de estos métodos",
  },
  code: {
    titleText: "Introduzca el código del SMS",
    titleCall: "Introduzca el código de la llamada",
    titleEmail: "Introduzca el código del correo electrónico",
    leadText: (digits) =>
      `Si los datos que ha introducido son correctos, hemos enviado un código al número que termina en ${digits}.`,
    leadCall: (digits) =>
      `Si los datos que ha introducido son correctos, recibirá una llamada en el número que termina en ${digits}.`,
    leadEmail:
      "Si consta una dirección de correo electrónico suya, le hemos enviado un código. Revise también la carpeta de correo no deseado.",
    label: "Código",
    hint: (minutes) => `Este código caduca en ${minutes === 1 ? "1 minuto" : `${minutes} minutos`}.`,
    next: "Verificar código",
    resend: "Enviar un código nuevo",
    resendIn: "Enviar un código nuevo en {seconds} s",
    sendsLeft: (count) =>
      count === 1 ? "Puede solicitar 1 código más." : `Puede solicitar ${count} códigos más.`,
    noSendsLeft: "No puede solicitar más códigos. Si no ha recibido ninguno, utilice otro método.",
    differentMethod: "Utilizar otro método",
  },
  enter: {
    titleAuthenticator: "Introduzca el código de su aplicación de autenticación",
    leadAuthenticator: "Abra su aplicación de autenticación e introduzca el código de 6 dígitos que muestra.",
    leadNextCode:
      "Este código es correcto. Como es su único método, se necesita un segundo código: espere a que su aplicación muestre el siguiente e introdúzcalo.",
    titleRecovery: "Introduzca un código de recuperación",
    leadRecovery:
      "Introduzca uno de los códigos que imprimió o guardó. Cada código solo se puede usar una vez.",
    label: "Código",
    next: "Verificar código",
  },
  questions: {
    title: "Responda a sus preguntas de seguridad",
    lead: "Las mayúsculas, las tildes y los espacios no importan.",
    next: "Enviar respuestas",
  },
  password: {
    title: "Elija una contraseña nueva",
    lead: "Unas cuantas palabras sin relación entre sí forman una contraseña fácil de recordar y difícil de adivinar.",
    rules: "Requisitos de la contraseña",
    minLength: (count) => `al menos ${count} caracteres`,
    complexity: "al menos tres de estos tipos: mayúsculas, minúsculas, números, símbolos",
    noName: "no contiene su nombre",
    history: (count) =>
      count === 1 ? "distinta de su última contraseña" : `distinta de sus últimas ${count} contraseñas`,
    minAge: "no se puede volver a cambiar de inmediato",
    newPassword: "Nueva contraseña",
    confirmPassword: "Confirmar nueva contraseña",
    next: "Establecer nueva contraseña",
    notAccepted: "No se ha aceptado esta contraseña",
    tooShort: (count) => `Esta contraseña es demasiado corta. Utilice al menos ${count} caracteres.`,
    inHistory: (count) =>
      count === 1
        ? "Esta es su última contraseña. Elija una contraseña nueva."
        : `Esta es una de sus últimas ${count} contraseñas. Elija una contraseña nueva.`,
    tooYoung: (when) =>
      `Su contraseña se ha cambiado hace poco. Podrá volver a cambiarla a partir del ${when}.`,
  },
  unlock: {
    title: "Desbloquee su cuenta",
    lead: "Su identidad se ha verificado. Su contraseña seguirá siendo la misma.",
    next: "Desbloquear cuenta",
  },
  paused: {
    title: "Una breve pausa por su seguridad",
    lead: "En este momento, alguien intenta adivinar códigos. Ha verificado su identidad con su único método, así que podrá continuar en unos dos minutos.",
  },
  waiting: {
    title: "Espere un momento",
    reset: "El servidor de su organización está estableciendo su nueva contraseña.",
    unlock: "El servidor de su organización está desbloqueando su cuenta.",
    keepOpen: "Mantenga esta página abierta.",
    refresh: "Actualizar",
  },
  done: {
    titleReset: "Su contraseña se ha restablecido",
    leadReset:
      "Ya puede iniciar sesión con su nueva contraseña. Puede tardar unos minutos en funcionar en todas partes.",
    mustChange: "La próxima vez que inicie sesión, se le pedirá que elija otra contraseña.",
    titleUnlock: "Su cuenta se ha desbloqueado",
    leadUnlock: "Ya puede iniciar sesión con su contraseña.",
    unexpectedMessage:
      "Si recibe un mensaje sobre un cambio que usted no ha hecho, póngase en contacto con su administrador de inmediato.",
    recentTitle: "Configurado en los últimos 30 días",
    recentLead:
      "Estos métodos de verificación se han configurado o confirmado hace poco para su cuenta. Si no ha sido usted, póngase en contacto con su administrador de inmediato.",
    recentItem: (name, date) => `${name}, el ${date}`,
    close: "Cerrar",
  },
  unclear: {
    title: "Aún sin confirmar",
    reset:
      "El servidor de su organización no ha confirmado su nueva contraseña. Intente iniciar sesión primero con la nueva contraseña y después con la anterior.",
    unlock:
      "El servidor de su organización no ha confirmado el desbloqueo de su cuenta. Intente iniciar sesión.",
    willNotify:
      "Le enviaremos un mensaje cuando conozcamos el resultado. Si no puede iniciar sesión, empiece de nuevo.",
  },
  impossible: {
    title: "Esto no se puede hacer aquí",
    policy_group_missing:
      "Esta cuenta no se puede administrar aquí en este momento. Póngase en contacto con su administrador.",
    not_in_policy: "Su organización no ofrece este servicio para su cuenta.",
    unlock_off:
      "Su organización no ofrece el desbloqueo de cuentas. En su lugar, puede elegir una contraseña nueva.",
    too_few_methods:
      "No tiene suficientes métodos de verificación. Añada más métodos cuando pueda volver a iniciar sesión.",
    number_held:
      "Su número de teléfono se ha cambiado hace poco. Por su seguridad, todavía no se puede usar aquí.",
    user_gone: "Esta cuenta ya no existe.",
    askAdministrator: "Póngase en contacto con su administrador para obtener ayuda.",
  },
  blocked: {
    title: "Demasiados intentos",
    lead: "Por motivos de seguridad, este nombre de usuario está bloqueado aquí temporalmente.",
    tryAgain: (hours) =>
      hours === 1 ? "Inténtelo de nuevo dentro de 1 hora." : `Inténtelo de nuevo dentro de ${hours} horas.`,
    accountNotAffected:
      "La cuenta en sí no se ve afectada: todavía puede iniciar sesión con la contraseña correcta.",
  },
  contact: {
    title: "Contactar con su administrador",
    link: "Cómo contactar con su administrador",
    message: "Mensaje (opcional)",
    messageHint: "Indique cómo puede localizarle su administrador. No incluya ninguna contraseña.",
    send: "Enviar",
    sent: "Su solicitud se ha enviado. Si no recibe respuesta, póngase en contacto con el servicio de asistencia de su organización.",
    sentTitle: "Gracias",
    helpDesk: "Póngase en contacto con el servicio de asistencia de su organización.",
    back: "Atrás",
  },
  problems: {
    title: "Hay un problema",
    wrong_code: "Este código no es correcto. Compruébelo e inténtelo de nuevo.",
    wrong_answers: "Al menos una respuesta no es correcta. Inténtelo de nuevo.",
    code_expired: "Este código ha caducado. Solicite uno nuevo.",
    network_closed:
      "Se han introducido demasiados códigos incorrectos desde su red. Inténtelo de nuevo dentro de una hora o utilice otra red, por ejemplo la de su teléfono.",
    work_needed:
      "Después de varios códigos incorrectos, cada código requiere una breve comprobación. Introduzca el código de nuevo.",
    too_many_sends: "No puede solicitar más códigos de esta forma. Utilice otro método.",
    resend_too_soon: "Espere un momento antes de solicitar otro código.",
    number_invalid: "Este número de teléfono no es válido. Introduzca el número completo, con el prefijo.",
    method_used: "Ya ha utilizado este método. Elija otro.",
    stale: "Esta página no estaba actualizada. Es posible que esté abierta en otra pestaña. Continúe aquí.",
    passwords_differ: "Las contraseñas no coinciden. Introdúzcalas de nuevo.",
    password_empty: "Introduzca una contraseña nueva.",
    password_too_long: "Esta contraseña es demasiado larga. Utilice como máximo 256 caracteres.",
    not_applied: "No se ha cambiado nada",
  },
  refusals,
  otherRefusal:
    "Se ha producido un error. No se ha cambiado nada. Inténtelo de nuevo o póngase en contacto con su administrador.",
  seal: {
    working: "Cifrando su contraseña…",
    differ: "Las contraseñas no coinciden.",
    empty: "Introduzca una contraseña.",
    too_long: "Esta contraseña es demasiado larga. Utilice como máximo 256 caracteres.",
    failed: "Se ha producido un error. Compruebe su conexión e inténtelo de nuevo.",
  },
  meter: {
    score0: "Muy débil",
    score1: "Débil",
    score2: "Aceptable",
    score3: "Segura",
    score4: "Muy segura",
    warn_words: "Contiene su nombre o el de su organización",
    warn_common: "Es una contraseña muy habitual",
    warn_spaces: "Empieza o termina con un espacio, que forma parte de la contraseña",
    warn_unusual: "Contiene caracteres que pueden ser difíciles de escribir en otro teclado",
  },
  show: {
    show: "Mostrar",
    hide: "Ocultar",
    showLabel: "Mostrar contraseña",
    hideLabel: "Ocultar contraseña",
  },
  ended: {
    title: "Sesión caducada",
    lead: "Su sesión ha caducado. Empiece de nuevo para elegir una contraseña nueva.",
    causes: {
      password:
        "Su sesión se ha cerrado porque la contraseña de esta cuenta se acaba de cambiar o restablecer.",
      methods:
        "Su sesión se ha cerrado porque los métodos de verificación de esta cuenta se han cambiado en otra sesión.",
      administrator: "Un administrador ha cerrado su sesión.",
    },
    notYou: "Si no lo esperaba, póngase en contacto con su administrador de inmediato.",
    startAgain: "Empezar de nuevo",
    closedTitle: "Sesión cerrada",
    closedLead: "Ya puede cerrar esta ventana.",
  },
  errors: {
    title: "Se ha producido un error",
    lead: "Inténtelo de nuevo dentro de un momento. Si el problema continúa, facilite a su administrador la referencia que aparece a continuación.",
    NOT_FOUND: {
      title: "Página no encontrada",
      lead: "Si ha escrito la dirección web, compruebe que sea correcta.",
    },
    SESSION_ENDED: { title: "Sesión caducada", lead: "Su sesión ha caducado. Empiece de nuevo." },
    RATE_LIMITED: {
      title: "Demasiadas solicitudes",
      lead: "Ha habido demasiadas solicitudes desde su red. Espere un poco e inténtelo de nuevo.",
    },
    FORM_REFUSED: {
      title: "Envíe el formulario de nuevo",
      lead: "La página ha estado abierta demasiado tiempo o su navegador bloquea las cookies. Permita las cookies, vuelva a la página de inicio e inténtelo de nuevo.",
    },
    CAPTCHA_INVALID: {
      title: "No hemos podido comprobar que no es un robot",
      lead: "Es posible que la página haya estado abierta demasiado tiempo. Inténtelo de nuevo.",
    },
    TENANT_NOT_FOUND: {
      title: "Organización no encontrada",
      lead: "Introduzca su nombre de usuario completo, por ejemplo nombre@example.com.",
    },
    SELF_SERVICE_OFF: {
      title: "Su organización no ofrece este servicio",
      lead: "Póngase en contacto con su administrador para obtener ayuda con su contraseña.",
    },
    AGENT_OFFLINE: {
      title: "No disponible en este momento",
      lead: "No se puede acceder al servidor de su organización. Inténtelo de nuevo dentro de unos minutos.",
    },
    STORE_UNAVAILABLE: {
      title: "Servicio no disponible temporalmente",
      lead: "Inténtelo de nuevo dentro de un momento.",
    },
    REQUEST_INVALID: {
      title: "No se ha podido procesar el formulario",
      lead: "Algunos datos no son válidos. Vuelva a la página de inicio e inténtelo de nuevo.",
    },
    REQUEST_TOO_LARGE: { title: "Demasiado texto", lead: "Vuelva atrás e introduzca menos texto." },
  },
};
