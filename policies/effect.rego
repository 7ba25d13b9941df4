# What is about to leave: a call to another system or a message.
package countersign.effect

import rego.v1

amounts contains {"field": field, "minor": to_number(value.minor), "currency": value.currency} if {
	input.command.command == "call_system"
	some field, value in input.command.payload
	value.type == "money"
}

deny contains message if {
	some amount in amounts
	amount.minor <= 0
	message := sprintf("%s is not above zero, so nothing is sent to %s", [amount.field, input.command.system])
}

deny contains message if {
	count({amount.currency | some amount in amounts}) > 1
	message := sprintf("the amounts for %s are in different currencies", [input.command.system])
}

# The process text may say that nobody signs a call; beyond a limit it may not.
deny contains message if {
	some amount in amounts
	unsigned
	not within_unsigned_limit(amount)
	message := sprintf("%s is too high to be sent to %s without anybody's sign-off", [
		amount.field,
		input.command.system,
	])
}

unsigned if not input.signed_by

unsigned if input.signed_by == null

within_unsigned_limit(amount) if amount.minor <= to_number(data.limits.amount_unsigned[amount.currency])

deny contains message if {
	input.command.command == "call_system"
	some field, value in input.command.payload
	value.type == "erased"
	message := sprintf("%s has been erased and cannot be sent to %s", [field, input.command.system])
}

escalate contains {"code": "amount_above_limit", "message": message} if {
	some amount in amounts
	amount.minor > to_number(data.limits.amount_sent[amount.currency])
	message := sprintf("%s is above the limit for %s", [amount.field, input.command.system])
}

escalate contains {"code": "currency_without_limit", "message": message} if {
	some amount in amounts
	not data.limits.amount_sent[amount.currency]
	message := sprintf("%s is in %s, for which no limit is set", [amount.field, amount.currency])
}

deny contains message if {
	input.command.command == "send_message"
	regex.match(`\{[a-z0-9_.]+\}`, input.command.text)
	message := "the message still holds a placeholder that was not filled"
}

deny contains message if {
	input.command.command == "send_message"
	count(input.command.text) > to_number(data.limits.message_characters)
	message := sprintf("the message is longer than %s characters", [data.limits.message_characters])
}

deny contains message if {
	input.command.command == "send_message"
	count(input.command.people) == 0
	object.get(input.command, "party", null) == null
	message := "the message goes to nobody"
}
