# Labels that an agent chose.
package countersign.proposal

import rego.v1

deny contains message if {
	input.proposal.output.output == "label"
	label := input.proposal.output.label
	label != null
	not label in input.options[input.proposal.output.field]
	message := sprintf("%s is none of the words that the process text lists", [label])
}

deny contains message if {
	input.proposal.output.output == "label"
	input.step.work == "classify"
	input.proposal.output.field != input.step.field
	message := sprintf("the answer fills %s, which was not asked for", [input.proposal.output.field])
}

# An answer of another kind than the step asks for.
expected := {"extract": "fields", "classify": "label", "prepare": "summary"}

deny contains message if {
	kind := input.proposal.output.output
	kind != expected[input.step.work]
	message := "the answer is of another kind than the step asks for"
}

deny contains message if {
	input.proposal.output.output == "fields"
	input.step.work == "extract"
	some name, _ in input.proposal.output.fields
	not name in asked
	message := sprintf("the answer fills %s, which was not asked for", [name])
}

asked contains sprintf("%s.%s", [input.step.document, field]) if some field in input.step.fields

asked contains field if some field in input.step.fields
