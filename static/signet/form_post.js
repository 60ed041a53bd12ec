// Sends the only form of the page at once. Without a script, its button does.
document.forms[0].submit();
