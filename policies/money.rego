# Amounts that an agent read from a document.
#
# Limits are in minor units, by currency, in data.json. A currency without a limit is looked at by a person.
package countersign.proposal

import rego.v1

amounts contains {"field": field, "minor": to_number(read.value.minor), "currency": read.value.currency} if {
	input.proposal.output.output == "fields"
	some field, read in input.proposal.output.fields
	read.value.type == "money"
}

deny contains message if {
	some amount in amounts
	amount.minor < 0
	message := sprintf("%s was read as an amount below zero; a person must look at the document", [amount.field])
}

escalate contains {"code": "amount_above_limit", "message": message} if {
	some amount in amounts
	amount.minor > to_number(data.limits.amount_read[amount.currency])
	message := sprintf("%s was read as an unusually high amount; compare it with the document", [amount.field])
}

escalate contains {"code": "currency_without_limit", "message": message} if {
	some amount in amounts
	not data.limits.amount_read[amount.currency]
	message := sprintf("%s is in %s, for which no limit is set", [amount.field, amount.currency])
}
