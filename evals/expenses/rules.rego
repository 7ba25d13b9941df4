# The category of an expense by the words for what was bought. A description that names none of them, or things of two
# categories, is left to a person.
package countersign.effect

import rego.v1

bought := concat("", [" ", lower(input.description), " "])

fits contains category if {
	some category, words in data.words
	some word in words
	contains(bought, concat("", [" ", word, " "]))
}

escalate contains finding if {
	count(fits) == 1
	some category in fits
	category != input.claimed_category
	finding := {
		"code": "wrong_category",
		"message": sprintf("it is claimed as %s, and what was bought is %s", [input.claimed_category, category]),
	}
}
