"""The resources that Pulumi lacks, each a thin layer over nextcore/."""
