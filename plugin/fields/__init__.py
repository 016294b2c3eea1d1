"""The field registry: what a storyboard may know of a person, where it comes from, what stands in when it's missing."""
