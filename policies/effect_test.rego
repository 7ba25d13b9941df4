package countersign.effect_test

import rego.v1

limits := {"amount_sent": {"EUR": "1000"}, "amount_unsigned": {"EUR": "50"}, "message_characters": "20"}

payment(minor, currency, signer) := {"signed_by": signer, "command": {
	"command": "call_system",
	"system": "the bank",
	"payload": {"amount": {"type": "money", "minor": minor, "currency": currency}},
}}

message(text, people) := {"command": {"command": "send_message", "people": people, "party": null, "text": text}}

test_a_signed_payment_passes if {
	count(data.countersign.effect.deny) == 0 with input as payment("1000", "EUR", "jo") with data.limits as limits
	count(data.countersign.effect.escalate) == 0 with input as payment("1000", "EUR", "jo") with data.limits as limits
}

test_an_unsigned_payment_above_the_limit_is_denied if {
	count(data.countersign.effect.deny) == 1 with input as payment("51", "EUR", null) with data.limits as limits
	count(data.countersign.effect.deny) == 0 with input as payment("50", "EUR", null) with data.limits as limits
	count(data.countersign.effect.deny) == 1 with input as payment("1", "XTS", null) with data.limits as limits
}

test_nothing_or_less_is_denied if {
	count(data.countersign.effect.deny) == 1 with input as payment("0", "EUR", "jo") with data.limits as limits
	count(data.countersign.effect.deny) == 1 with input as payment("-5", "EUR", "jo") with data.limits as limits
}

test_a_high_payment_is_looked_at if {
	count(data.countersign.effect.escalate) == 1 with input as payment("1001", "EUR", "jo") with data.limits as limits
}

test_two_currencies_are_denied if {
	two := object.union(
		payment("1", "EUR", "jo"),
		{"command": {"payload": {"fee": {"type": "money", "minor": "1", "currency": "USD"}}}},
	)
	count(data.countersign.effect.deny) == 1 with input as two with data.limits as limits
}

test_an_erased_value_is_denied if {
	gone := object.union(payment("1", "EUR", "jo"), {"command": {"payload": {"name": {"type": "erased"}}}})
	count(data.countersign.effect.deny) == 1 with input as gone with data.limits as limits
}

test_messages if {
	count(data.countersign.effect.deny) == 0 with input as message("Paid.", ["jo"]) with data.limits as limits
	count(data.countersign.effect.deny) == 1 with input as message("Paid {amount}", ["jo"]) with data.limits as limits
	count(data.countersign.effect.deny) == 1 with input as message("Paid.", []) with data.limits as limits
	count(data.countersign.effect.deny) == 1 with input as message("A message that goes on", ["jo"]) with data.limits as limits
}
