module nextcore/offline/cluster/modules/workloads

go 1.26
